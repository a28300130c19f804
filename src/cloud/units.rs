//! Sizes and times in one form, from the forms that clouds use.

use jiff::Timestamp;

/// Bytes in a gibibyte, the unit of disk sizes on clouds.
pub const GIB: u64 = 1 << 30;

/// A time as RFC 3339 in UTC. A time without a zone is read as UTC; text that is not a time is
/// returned unchanged.
#[must_use]
pub fn utc(text: &str) -> String {
    let parsed = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse());
    parsed.map_or_else(|_| text.to_owned(), |time: Timestamp| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_utc() {
        assert_eq!(utc("2026-01-31T13:45:59+01:00"), "2026-01-31T12:45:59Z");
        assert_eq!(utc("2026-01-31T12:45:59Z"), "2026-01-31T12:45:59Z");
        assert_eq!(utc("2026-01-31T12:45:59"), "2026-01-31T12:45:59Z");
        assert_eq!(utc("2026-01-31T12:45:59.000000"), "2026-01-31T12:45:59Z");
        assert_eq!(utc("1972-01-01_15-59-11"), "1972-01-01_15-59-11");
    }
}
