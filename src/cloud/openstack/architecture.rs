//! Architectures of images, by their property or, without one, by their name.

use crate::cloud::Image;

/// The names of each; the first is the one of glance and of the settings.
const KNOWN: [&[&str]; 6] = [
    &["x86_64", "x86-64", "amd64", "x64"],
    &["aarch64", "arm64"],
    &["i686", "i386"],
    &["ppc64le", "ppc64el"],
    &["s390x"],
    &["riscv64"],
];

/// The architecture where neither the settings nor the pattern name one.
pub const USUAL: &str = "x86_64";

/// The usual name of an architecture.
#[must_use]
pub fn normal(name: &str) -> String {
    let name = name.to_lowercase();
    let known = KNOWN.iter().find(|names| names.contains(&name.as_str()));
    known.and_then(|names| names.first()).map_or(name, |first| (*first).to_owned())
}

/// The architecture that a text contains as a word of its own.
#[must_use]
pub fn within(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let is_in = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|text| text.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
            [before, after].into_iter().flatten().all(|char| !char.is_ascii_alphanumeric())
        })
    };
    let known = KNOWN.iter().find(|names| names.iter().any(|name| is_in(name)));
    known.and_then(|names| names.first()).copied()
}

/// The architecture of an image, if anything names it.
#[must_use]
pub fn of(image: &Image) -> Option<String> {
    let property = image.architecture.as_ref().or_else(|| image.tags.get("hw_architecture"));
    let property = property.filter(|name| !name.is_empty()).map(|name| normal(name));
    property.or_else(|| within(&image.name).map(str::to_owned))
}

/// A text in which the names of architectures have no digits, so that they are no versions.
#[must_use]
pub fn without_digits(text: &str) -> String {
    let letter = |char: char| match char.to_digit(10) {
        Some(digit) => char::from(b'a' + u8::try_from(digit).unwrap_or_default()),
        None => char,
    };
    KNOWN.iter().flat_map(|names| names.iter()).fold(text.to_owned(), |text, name| {
        text.replace(name, &name.chars().map(letter).collect::<String>())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_contains_an_architecture_as_a_word() {
        assert_eq!(within("debian-12-genericcloud-arm64-2024"), Some("aarch64"));
        assert_eq!(within("Rocky-9.x86_64"), Some("x86_64"));
        assert_eq!(within("charm64 something"), None);
        assert_eq!(normal("AMD64"), "x86_64");
        assert!(!without_digits("a x86_64 9").contains("86"));
    }
}
