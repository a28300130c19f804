//! Escapes replaced by what they stand for: those of URLs, of JSON and most languages, of HTML, and of mails.

use super::view::{Builder, View};

/// HTML's names; its numbers are read as numbers.
const NAMES: [(&[u8], u8); 33] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&excl;", b'!'),
    (b"&num;", b'#'),
    (b"&dollar;", b'$'),
    (b"&percnt;", b'%'),
    (b"&lpar;", b'('),
    (b"&rpar;", b')'),
    (b"&ast;", b'*'),
    (b"&plus;", b'+'),
    (b"&comma;", b','),
    (b"&dash;", b'-'),
    (b"&period;", b'.'),
    (b"&sol;", b'/'),
    (b"&colon;", b':'),
    (b"&semi;", b';'),
    (b"&equals;", b'='),
    (b"&quest;", b'?'),
    (b"&commat;", b'@'),
    (b"&lsqb;", b'['),
    (b"&lbrack;", b'['),
    (b"&bsol;", b'\\'),
    (b"&rsqb;", b']'),
    (b"&rbrack;", b']'),
    (b"&Hat;", b'^'),
    (b"&lowbar;", b'_'),
    (b"&grave;", b'`'),
    (b"&lcub;", b'{'),
    (b"&verbar;", b'|'),
    (b"&rcub;", b'}'),
];

/// One level of escapes replaced. None: it has no escapes.
pub fn view<'v>(from: &'v View<'v>) -> Option<View<'static>> {
    let bytes: &[u8] = &from.bytes;
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
        return None;
    }
    let mut builder = Builder::new(from);
    let (mut at, mut changed) = (0, false);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (length, meant) = match rest[0] {
            b'%' => percent(rest),
            b'\\' => backslash(rest),
            b'&' => entity(rest),
            _ => None,
        }
        .unwrap_or((1, Meant::Byte(rest[0])));
        changed |= length > 1;
        let mut buffer = [0; 4];
        let meant = match meant {
            Meant::Byte(byte) => {
                buffer[0] = byte;
                &buffer[..1]
            }
            Meant::Character(c) => c.encode_utf8(&mut buffer).as_bytes(),
        };
        for byte in meant {
            builder.push(*byte, at..at + length);
        }
        at += length;
    }
    changed.then(|| builder.view())
}

/// `=41` and wrapped lines, as mails have them. None: it has none. A view of its own, as `=` stands before many values.
pub fn quoted_printable<'v>(from: &'v View<'v>) -> Option<View<'static>> {
    let bytes: &[u8] = &from.bytes;
    if !bytes.contains(&b'=') {
        return None;
    }
    let mut builder = Builder::new(from);
    let (mut at, mut changed) = (0, false);
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match (rest, percent(rest)) {
            ([b'=', b'\r', b'\n', ..], _) => 3,
            ([b'=', b'\n', ..], _) => 2,
            ([b'=', ..], Some((length, Meant::Byte(byte)))) => {
                builder.push(byte, at..at + length);
                length
            }
            _ => {
                builder.push(rest[0], at..at + 1);
                1
            }
        };
        changed |= length > 1;
        at += length;
    }
    changed.then(|| builder.view())
}

enum Meant {
    Byte(u8),
    Character(char),
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u32::from_str_radix(digits, radix).ok()
}

fn byte(digits: &[u8], radix: u32) -> Option<Meant> {
    number(digits, radix)?.try_into().ok().map(Meant::Byte)
}

/// `%41`, whatever its first character is.
fn percent(rest: &[u8]) -> Option<(usize, Meant)> {
    Some((3, byte(rest.get(1..3)?, 16)?))
}

/// `\x41`, `\101`, `\u00e9`, `\u{e9}`, `\n`, `\\`; other escaped characters stand for themselves.
fn backslash(rest: &[u8]) -> Option<(usize, Meant)> {
    match *rest.get(1)? {
        b'x' => Some((4, byte(rest.get(2..4)?, 16)?)),
        b'0'..=b'3' if rest.len() > 3 => Some((4, byte(rest.get(1..4)?, 8)?)),
        b'u' if rest.get(2) == Some(&b'{') => {
            let digits = rest[3..].iter().take(7).position(|byte| *byte == b'}')?;
            let c = char::from_u32(number(&rest[3..3 + digits], 16)?)?;
            Some((4 + digits, Meant::Character(c)))
        }
        b'u' => unit(rest),
        b'n' => Some((2, Meant::Byte(b'\n'))),
        b'r' => Some((2, Meant::Byte(b'\r'))),
        b't' => Some((2, Meant::Byte(b'\t'))),
        b'\\' => Some((2, Meant::Byte(b'\\'))),
        _ => None,
    }
}

/// `\u00e9`, or the two halves of a character beyond 16 bits.
fn unit(rest: &[u8]) -> Option<(usize, Meant)> {
    let first = number(rest.get(2..6)?, 16)?;
    if let Some(c) = char::from_u32(first) {
        return Some((6, Meant::Character(c)));
    }
    let second = rest.get(6..8).filter(|start| *start == b"\\u").and(rest.get(8..12))?;
    let second = number(second, 16)?;
    let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((12, Meant::Character(c)))
}

/// `&amp;`, `&#39;`, `&#x27;`
fn entity(rest: &[u8]) -> Option<(usize, Meant)> {
    if let Some((name, byte)) = NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((name.len(), Meant::Byte(*byte)));
    }
    let digits = rest.strip_prefix(b"&#")?;
    let end = digits.iter().take(9).position(|byte| *byte == b';')?;
    let code = match &digits[..end] {
        [b'x' | b'X', hex @ ..] => number(hex, 16)?,
        decimal => number(decimal, 10)?,
    };
    Some((3 + end, Meant::Character(char::from_u32(code)?)))
}
