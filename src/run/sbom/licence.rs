//! Licences as packages name them, and as SPDX does.

/// How a licence can be written.
#[derive(Debug, PartialEq, Eq)]
pub enum Licence<'l> {
    /// Of SPDX's list.
    Id(&'l str),
    /// Valid as SPDX writes several: `MIT OR Apache-2.0`.
    Expression(&'l str),
    /// In words of the package's own: `GPLv2+ and BSD`.
    Name(&'l str),
}

/// What it is. Deprecated ids such as `GPL-2.0` are ids, `GPL-2+` is not.
pub fn read(text: &str) -> Licence<'_> {
    let text = text.trim();
    // What it refers to would have to be in the document; and that nothing is said is no licence.
    if text == "NOASSERTION" || text.contains("LicenseRef-") || text.contains("DocumentRef-") {
        return Licence::Name(text);
    }
    if let Some(id) = spdx::license_id(text).filter(|id| id.name == text) {
        return Licence::Id(id.name);
    }
    match spdx::Expression::parse(text) {
        Ok(_) => Licence::Expression(text),
        Err(_) => Licence::Name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_spdx_knows_is_taken_for_its_own() {
        assert_eq!(read("MIT"), Licence::Id("MIT"));
        assert_eq!(read("MIT OR Apache-2.0"), Licence::Expression("MIT OR Apache-2.0"));
        for text in [
            "GPLv2+ and BSD",
            "GPL-2+",
            "Expat",
            "mit",
            "Some Licence, see LICENSE",
            "LicenseRef-Own",
            "NOASSERTION",
        ] {
            assert_eq!(read(text), Licence::Name(text));
        }
    }
}
