//! Journals of two runs are compared line by line: times and random ids must not show.

/// The text with times as `<time>` and UUIDs as `<uuid>`.
pub(super) fn steady(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let inside_word = out.ends_with(|last: char| last.is_ascii_alphanumeric());
        let found = if inside_word { None } else { uuid(rest).or_else(|| time(rest)) };
        if let Some((length, shown)) = found {
            out.push_str(shown);
            rest = &rest[length..];
            continue;
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, or the same without dashes.
fn uuid(text: &str) -> Option<(usize, &'static str)> {
    let word: &str = &text[..word_length(text, |c| c.is_ascii_alphanumeric() || c == '-')];
    let dashes: Vec<usize> = word.match_indices('-').map(|(at, _)| at).collect();
    let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let whole =
        (word.len() == 36 && dashes == [8, 13, 18, 23]) || (word.len() == 32 && dashes.is_empty());
    (hex && whole).then_some((word.len(), "<uuid>"))
}

/// `2026-11-23T05:49:50.123Z`, `20261123-054950`, `1700000000`: digits and what stands between
/// them, eight digits or more.
fn time(text: &str) -> Option<(usize, &'static str)> {
    let between = |c: char| matches!(c, '-' | ':' | 'T' | 'Z');
    let run = &text[..word_length(text, |c| c.is_ascii_digit() || between(c))];
    let run = run.trim_end_matches(|c: char| between(c) && c != 'Z');
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    if digits < 8 || !run.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // A dot belongs to a time only before parts of a second: addresses have dots too.
    let fraction = text[run.len()..].strip_prefix('.').map_or(0, |rest| {
        let digits = word_length(rest, |c| c.is_ascii_digit());
        if digits == 0 { 0 } else { 1 + digits + usize::from(rest[digits..].starts_with('Z')) }
    });
    Some((run.len() + fraction, "<time>"))
}

fn word_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::steady;

    #[test]
    fn hides_what_differs_from_run_to_run_and_nothing_else() {
        let cases = [
            ("name=ci-2026-11-23T05:49:50Z.", "name=ci-<time>."),
            ("at 2026-11-23T05:49:50.123Z.", "at <time>."),
            ("ci-20261123-054950 x", "ci-<time> x"),
            ("id 0b5c1f4e-1d2c-4f6a-9b1e-0123456789ab", "id <uuid>"),
            ("put /etc/x 0644 (12 bytes)", "put /etc/x 0644 (12 bytes)"),
            ("curl 10.0.0.1:8080", "curl 10.0.0.1:8080"),
            ("größe 1", "größe 1"),
        ];
        for (given, expected) in cases {
            assert_eq!(steady(given), expected);
        }
    }
}
