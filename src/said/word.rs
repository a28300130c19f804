//! Words that nobody would write by hand: keys, tokens and digests.

use std::ops::Range;

/// Public ones: fingerprints, and the beginnings of public keys of SSH in base64.
const DIGESTS: [&str; 8] =
    ["sha256:", "sha512:", "sha1:", "md5:", "sha256/", "sha512/", "sha1/", "md5sum/"];
const PUBLIC_KEY: &str = "AAAA";

/// Instances and images of the local cloud, whose folders are named after them.
const OWN: [&str; 2] = ["vm-", "img-"];

/// Shorter words are no keys, unless they stand for themselves.
const SHORT: usize = 20;
/// So many digits are a key or a digest in hexadecimal.
const HEXADECIMAL: usize = 32;
/// Commits of Git and checksums, SHA-1 to SHA-512: what errors of downloads and checkouts are about. Where such a word
/// is a key, its name says so as a rule.
const DIGEST_LENGTHS: [usize; 4] = [40, 64, 96, 128];
/// Of 100 pairs of letters beside each other, how many change between lower case, upper case and digits in a
/// random word at least: on average it is 62 of base64, 40 of lower case and digits, 30 of base32. Names that
/// people write have below 30 and 20.
const MIXED: usize = 34;
const ONE_CASE: usize = 21;
/// A path has a slash more often than once in so many letters.
const BETWEEN_SLASHES: usize = 10;

/// Adds every word of a text that looks random.
pub fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/_=-".contains(&byte);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| is_part(**byte)).count();
        if length >= SHORT {
            let word = &text[at..at + length];
            if !is_public(&text[..at], word) {
                look(word, at, found);
            }
        }
        at += length.max(1);
    }
}

/// Whether it has what names and words have not: digits, signs, or capitals within.
pub fn is_odd(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', ':', ';', '!', '?', ')', '\'', '"', '`']);
    let is_capital = word.chars().all(|c| c.is_ascii_uppercase());
    word.chars().any(|c| c.is_ascii_digit() || "!#$%^&*+=~@|<>\\".contains(c))
        || !is_capital && word.chars().skip(1).any(|c| c.is_ascii_uppercase())
}

/// A path or an address, and no key that has slashes.
pub fn is_path(word: &str) -> bool {
    let begins = ["/", "./", "../", "~/", "file:/"].iter().any(|begin| word.starts_with(begin));
    begins && !is_random(word)
}

fn look(word: &str, at: usize, found: &mut Vec<Range<usize>>) {
    let slashes = word.matches('/').count();
    let has_own = word.split('/').any(is_own);
    if !has_own && slashes * BETWEEN_SLASHES <= word.len() && is_random(word) {
        found.push(at..at + word.len());
        return;
    }
    let mut start = at;
    for part in word.split('/') {
        let before = &word[..start - at];
        if part.len() >= SHORT && !is_public(before, part) && is_random(part) {
            found.push(start..start + part.len());
        }
        start += part.len() + 1;
    }
}

fn is_public(before: &str, word: &str) -> bool {
    let ends = |digest: &&str| {
        let start = before.len().checked_sub(digest.len());
        start
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(digest))
    };
    word.starts_with(PUBLIC_KEY)
        || is_uuid(word)
        || is_own(word)
        || is_digest(word)
        || DIGESTS.iter().any(ends)
}

fn is_digest(word: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    DIGEST_LENGTHS.contains(&word.len()) && word.bytes().all(is_digit)
}

fn is_own(word: &str) -> bool {
    let id = OWN.iter().find_map(|prefix| word.strip_prefix(prefix));
    id.is_some_and(|id| id.len() == HEXADECIMAL && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `550e8400-e29b-41d4-a716-446655440000`, the name of most things in clouds; also behind `UUID=`.
fn is_uuid(word: &str) -> bool {
    let word = word.rsplit('=').next().unwrap_or(word);
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn is_random(word: &str) -> bool {
    let (mut pairs, mut changes) = (0, 0);
    let (mut lower, mut upper, mut digits) = (0, 0, 0);
    let mut before = None;
    for byte in word.bytes() {
        let kind = match byte {
            b'a'..=b'z' => 'a',
            b'A'..=b'Z' => 'A',
            b'0'..=b'9' => '0',
            _ => {
                before = None;
                continue;
            }
        };
        match kind {
            'a' => lower += 1,
            'A' => upper += 1,
            _ => digits += 1,
        }
        if let Some(before) = before {
            pairs += 1;
            changes += usize::from(before != kind);
        }
        before = Some(kind);
    }
    if pairs < SHORT - 4 {
        return false;
    }
    let is_hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && lower + upper > 0 && digits > 0 {
        return word.len() >= HEXADECIMAL;
    }
    let least = match (lower > 0, upper > 0, digits > 0) {
        (true, true, _) => MIXED,
        (_, _, true) if lower + upper > 0 && word.len() >= SHORT + 4 => ONE_CASE,
        _ => return false,
    };
    changes * 100 >= pairs * least
}
