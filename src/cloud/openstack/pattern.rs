//! Patterns for the names of images.
//!
//! `*` matches any text and `?` any one byte, and case is ignored. A version after a `*` (`12`, `24.04`)
//! is matched as a whole and as the first number there: `*debian*12*` is not about
//! `debian-11-20241205`, and `*rocky*9*` not about `Rocky-8.9`.

use super::architecture;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// `*`; before a version it matches no digits.
    Any {
        digits: bool,
    },
    One,
    Byte(u8),
    /// The end of a version: no digit follows.
    End,
}

/// A pattern that was read.
pub struct Pattern(Vec<Token>);

impl Pattern {
    #[must_use]
    pub fn new(text: &str) -> Pattern {
        let text = architecture::without_digits(&text.to_lowercase());
        let bytes = text.as_bytes();
        let (mut tokens, mut at) = (Vec::new(), 0);
        while let Some(byte) = bytes.get(at) {
            at += 1;
            let rest = bytes.get(at..).unwrap_or_default();
            let is_first = !bytes.iter().take(at).any(u8::is_ascii_digit);
            match (byte, version(rest).filter(|_| is_first)) {
                (b'*', Some(length)) => {
                    tokens.push(Token::Any { digits: false });
                    tokens.extend(rest.iter().take(length).map(|byte| Token::Byte(*byte)));
                    tokens.push(Token::End);
                    at += length;
                }
                (b'*', None) => tokens.push(Token::Any { digits: true }),
                (b'?', _) => tokens.push(Token::One),
                (byte, _) => tokens.push(Token::Byte(*byte)),
            }
        }
        Pattern(tokens)
    }

    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name = architecture::without_digits(&name.to_lowercase());
        matches(&self.0, name.as_bytes())
    }
}

/// The length of the version that a text begins with. Longer numbers are dates and the like.
fn version(text: &[u8]) -> Option<usize> {
    let of_version = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let mut length = text.iter().take_while(of_version).count();
    while length > 0 && text.get(length - 1) == Some(&b'.') {
        length -= 1;
    }
    let parts = text.get(..length)?.split(|byte| *byte == b'.');
    let is_short = |part: &[u8]| (1..=2).contains(&part.len());
    (length > 0 && parts.into_iter().all(is_short)).then_some(length)
}

fn matches(tokens: &[Token], name: &[u8]) -> bool {
    let Some((token, rest)) = tokens.split_first() else { return name.is_empty() };
    let (byte, after) = match name.split_first() {
        Some((byte, after)) => (Some(*byte), after),
        None => (None, name),
    };
    match (token, byte) {
        (Token::Any { digits }, byte) => {
            let takes = byte.is_some_and(|byte| *digits || !byte.is_ascii_digit());
            matches(rest, name) || takes && matches(tokens, after)
        }
        (Token::End, byte) => {
            !byte.is_some_and(|byte| byte.is_ascii_digit()) && matches(rest, name)
        }
        (Token::One, Some(_)) => matches(rest, after),
        (Token::Byte(wanted), Some(byte)) => *wanted == byte && matches(rest, after),
        (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).matches(name)
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("*debian*12*", "Debian 12.8 generic"));
        assert!(matches("debian-12-2024*", "debian-12-20241125"));
        assert!(matches("*20241*", "debian-12-20241125"));
        assert!(matches("?ocky 9", "Rocky 9") && !matches("rocky 9", "Rocky 9.5"));
        assert!(matches("*ubuntu*24*04*", "ubuntu-24-04-server"));
    }

    #[test]
    fn a_version_is_the_first_number_and_whole() {
        for (pattern, names) in [
            (
                "*debian*12*",
                &[
                    "debian-11-generic-amd64-20241205",
                    "Debian 11 bullseye 2025-12",
                    "debian-13-20250112",
                    "debian-120",
                ][..],
            ),
            ("*rocky*9*", &["Rocky-8.9-x86_64", "Rocky-10.1-20250909", "Rocky-90"]),
            ("*alma*9*", &["AlmaLinux 8.9", "ALMA8 - x86_64 [2023-09-01]"]),
            ("*ubuntu*24.04*", &["Ubuntu 22.04 of 24.04", "ubuntu-24.041"]),
        ] {
            for name in names {
                assert!(!matches(pattern, name), "{pattern} {name}");
            }
        }
        for (pattern, name) in [
            ("*debian*12*", "Debian GNU/Linux 12 (bookworm)"),
            ("*debian*12*", "debian-12-genericcloud-amd64-20241125-1942"),
            ("*rocky*9*", "Rocky-x86_64-9.4"),
            ("*rocky*9*", "Rocky-9-GenericCloud-Base-9.5-20241118.0.x86_64"),
            ("*alma*9*", "AlmaLinux-9"),
            ("*ubuntu*24.04*", "Ubuntu 24.04.1 LTS"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
    }
}
