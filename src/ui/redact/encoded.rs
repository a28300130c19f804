//! Base64, base32, hexadecimal and lists of numbers, wherever a text may contain them.

use super::view::{Builder, View};

/// Whatever of the text can be read as one of these encodings and gives at least so many bytes.
pub fn decoded<'v>(from: &'v View<'v>, least: usize, mut found: impl FnMut(View<'static>)) {
    let mut symbols = Vec::new();
    let flush_base64 = |symbols: &mut Vec<(u8, usize)>, found: &mut dyn FnMut(View<'static>)| {
        if symbols.len() * 6 / 8 >= least {
            // The value may begin at any of four positions within a group.
            (0..4).for_each(|first| found(base64(from, symbols.get(first..).unwrap_or(&[]))));
        }
        symbols.clear();
    };
    let bytes: &[u8] = &from.bytes;
    let mut at = 0;
    while at < bytes.len() {
        match sextet(bytes[at]) {
            Some(symbol) => symbols.push((symbol, at)),
            None => match line_end(&bytes[at..]) {
                // Wrapped: it goes on in the next line.
                Some(length) if !symbols.is_empty() => {
                    at += length;
                    continue;
                }
                _ => flush_base64(&mut symbols, &mut found),
            },
        }
        at += 1;
    }
    flush_base64(&mut symbols, &mut found);
    base32(from, least, &mut found);
    hexadecimal(from, least, &mut found);
    decimal(from, least, &mut found);
    spaced(from, least, &mut found);
}

/// `h   u   n`, as `od -c` prints it: single characters with blanks between them.
fn spaced(from: &View<'_>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    let bytes: &[u8] = &from.bytes;
    let is_blank = |at: usize| bytes.get(at).is_none_or(u8::is_ascii_whitespace);
    let mut builder = Builder::new(from);
    for at in (0..bytes.len()).filter(|at| !is_blank(*at)) {
        let is_single = (at == 0 || is_blank(at - 1)) && is_blank(at + 1);
        if is_single {
            builder.push(bytes[at], at..at + 1);
        } else if builder.len() > 0 {
            let list = std::mem::replace(&mut builder, Builder::new(from));
            if list.len() >= least {
                found(list.view());
            }
        }
    }
    if builder.len() >= least {
        found(builder.view());
    }
}

/// The value of a letter, in the alphabet of either kind.
fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The length of a line end with the indentation of the next line, also of one in quotes (`\n`).
fn line_end(rest: &[u8]) -> Option<usize> {
    let end = [&b"\r\n"[..], b"\n", b"\\r\\n", b"\\n", b"\\\n"]
        .into_iter()
        .find(|end| rest.starts_with(end))?;
    let blanks = rest[end.len()..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Some(end.len() + blanks)
}

fn base64(from: &View<'_>, symbols: &[(u8, usize)]) -> View<'static> {
    let mut builder = Builder::new(from);
    for number in 0..symbols.len() * 6 / 8 {
        let (first, shift) = (number * 8 / 6, number * 8 % 6);
        let pair = u16::from(symbols[first].0) << 6 | u16::from(symbols[first + 1].0);
        let byte = (pair >> (4 - shift)) & 0xff;
        let byte = u8::try_from(byte).unwrap_or_default();
        // Letters that encode two bits of it and four of another byte stay.
        let (begin, finish) = (number * 8, (number + 1) * 8);
        let start = if begin % 6 == 4 { begin.div_ceil(6) } else { begin / 6 };
        let end = if finish % 6 == 4 { finish.div_ceil(6) } else { finish / 6 };
        builder.push(byte, symbols[start].1..symbols[end - 1].1 + 1);
    }
    let (Some(first), Some(last)) = (symbols.first(), symbols.last()) else {
        return builder.view();
    };
    let padding = from.bytes[last.1 + 1..].iter().take(2).take_while(|byte| **byte == b'=').count();
    builder.view_of(first.1..last.1 + 1 + padding)
}

/// Letters of base32 in lower case at least: shorter ones are words.
const NO_WORD: usize = 16;

/// Runs of letters of one case, and digits.
fn base32(from: &View<'_>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    let bytes: &[u8] = &from.bytes;
    let (mut symbols, mut is_lower, mut at) = (Vec::new(), None, 0);
    while at <= bytes.len() {
        let byte = bytes.get(at).copied().unwrap_or_default();
        let symbol = match byte {
            b'A'..=b'Z' if is_lower != Some(true) => Some(byte - b'A'),
            b'a'..=b'z' if is_lower != Some(false) => Some(byte - b'a'),
            b'2'..=b'7' => Some(byte - b'2' + 26),
            _ => None,
        };
        if let Some(symbol) = symbol {
            if byte.is_ascii_alphabetic() {
                is_lower = Some(byte.is_ascii_lowercase());
            }
            symbols.push((symbol, at));
        } else if let (Some(length), false) =
            (line_end(bytes.get(at..).unwrap_or_default()), symbols.is_empty())
        {
            // Wrapped: it goes on in the next line.
            at += length;
            continue;
        } else {
            let enough = symbols.len() * 5 / 8 >= least;
            if enough && (is_lower == Some(false) || symbols.len() >= NO_WORD) {
                // The value may begin at any of eight positions within a group.
                (0..8)
                    .for_each(|first| found(five_bits(from, symbols.get(first..).unwrap_or(&[]))));
            }
            // A letter of the other case begins the next run.
            let again = is_lower.is_some() && byte.is_ascii_alphabetic() && !symbols.is_empty();
            symbols.clear();
            is_lower = None;
            if again {
                continue;
            }
        }
        at += 1;
    }
}

/// The bytes of symbols of base32, each with the letters that it has a part in.
fn five_bits(from: &View<'_>, symbols: &[(u8, usize)]) -> View<'static> {
    let mut builder = Builder::new(from);
    for number in 0..symbols.len() * 5 / 8 {
        let (first, shift) = (number * 8 / 5, number * 8 % 5);
        let last = (number * 8 + 7) / 5;
        let bits = symbols[first..=last]
            .iter()
            .fold(0u32, |bits, (symbol, _)| bits << 5 | u32::from(*symbol));
        let unused = (last - first + 1) * 5 - shift - 8;
        let byte = u8::try_from(bits >> unused & 0xff).unwrap_or_default();
        builder.push(byte, symbols[first].1..symbols[last].1 + 1);
    }
    builder.view()
}

/// What may stand between two bytes in hexadecimal: `68:75`, `0x68, 0x75`, `68 75`, `\x68`.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b':' | b'-' | b',' | b'"' | b'\'' | b'\\' | b'_')
}

fn hexadecimal(from: &View<'_>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    let mut nibbles: Vec<(u8, usize)> = Vec::new();
    let mut flush = |nibbles: &mut Vec<(u8, usize)>| {
        for first in 0..2 {
            let pairs = nibbles.get(first..).unwrap_or(&[]).chunks_exact(2);
            if pairs.len() < least {
                break;
            }
            let mut builder = Builder::new(from);
            pairs.for_each(|pair| {
                builder.push(pair[0].0 << 4 | pair[1].0, pair[0].1..pair[1].1 + 1)
            });
            found(builder.view());
        }
        nibbles.clear();
    };
    let bytes: &[u8] = &from.bytes;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        // `0x`, `\x`
        let is_prefix =
            matches!(byte, b'0' | b'\\') && matches!(bytes.get(at + 1), Some(b'x' | b'X'));
        match char::from(byte).to_digit(16) {
            _ if is_prefix => at += 1,
            Some(digit) => nibbles.push((u8::try_from(digit).unwrap_or_default(), at)),
            None if is_separator(byte) => {}
            None => flush(&mut nibbles),
        }
        at += 1;
    }
    flush(&mut nibbles);
}

/// `[104, 117, 110]`
fn decimal(from: &View<'_>, least: usize, found: &mut dyn FnMut(View<'static>)) {
    let bytes: &[u8] = &from.bytes;
    let mut builder = Builder::new(from);
    let mut at = 0;
    loop {
        let length = bytes[at..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&bytes[at..at + length]).unwrap_or_default();
        let number = digits.parse::<u8>().ok();
        if let Some(byte) = number {
            builder.push(byte, at..at + length);
        }
        let separators =
            |byte: &&u8| matches!(byte, b',' | b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'\\');
        let between = bytes[at + length..].iter().take_while(separators).count();
        at += length + between;
        let continues = number.is_some() && between > 0;
        if !continues || at >= bytes.len() {
            let list = std::mem::replace(&mut builder, Builder::new(from));
            if list.len() >= least {
                found(list.view());
            }
            if at >= bytes.len() {
                return;
            }
            if !continues && length + between == 0 {
                at += 1;
            }
        }
    }
}
