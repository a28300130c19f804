//! How an input grows from others.

use fastrand::Rng;

/// The most bytes of an input.
const MOST: usize = 256 << 10;

/// Numbers at which parsers break.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "00",
    "+1",
    "1e400",
    "0x7f",
    "255",
    "256",
    "65536",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999999999999",
];

/// Bytes and characters that mean something somewhere.
const SIGNS: [&[u8]; 26] = [
    b"\0",
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b"/",
    b"%",
    b"$",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"=",
    b"#",
    b"*",
    b"\x1b[2K",
    b"\xff",
    b"\xc3",
    "\u{a0}".as_bytes(),
    "\u{202e}".as_bytes(),
];

/// An input of the pool after one to six changes.
pub fn grown(random: &mut Rng, pool: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = pool[random.usize(..pool.len())].clone();
    for _ in 0..1 + random.usize(..6).min(random.usize(..6)) {
        change(random, &mut input, pool, words);
        input.truncate(MOST);
    }
    input
}

fn change(random: &mut Rng, input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str]) {
    let part = some_part(random, input.len());
    match random.u8(..16) {
        0 => flip(random, input),
        1 => drop(input.drain(part)),
        2 => input.truncate(part.start),
        3 => put(input, part.start, &[random.u8(..)]),
        4 | 5 => {
            let sign = SIGNS[random.usize(..SIGNS.len())];
            let replaced = if random.bool() { part.start..part.start } else { part };
            input.splice(replaced, sign.iter().copied());
        }
        6 => {
            let copy = input[part.clone()].to_vec();
            put(input, part.end, &copy);
        }
        7 => {
            let copy = input[part].to_vec();
            let at = random.usize(..=input.len());
            put(input, at, &copy);
        }
        // Much of the same.
        8 => {
            let copy = input[part.start..part.end.min(part.start + 64)].to_vec();
            let copies = copy.repeat(1 << random.usize(..11));
            put(input, part.end, &copies);
        }
        9 | 10 if !words.is_empty() => {
            let word = words[random.usize(..words.len())].as_bytes();
            let replaced = if random.bool() { part.start..part.start } else { part };
            input.splice(replaced, word.iter().copied());
        }
        11 => exchange_number(random, input),
        12 => exchange_lines(random, input),
        // The beginning of one and the end of another.
        13 => {
            let other = &pool[random.usize(..pool.len())];
            let from = random.usize(..=other.len());
            input.truncate(part.start);
            input.extend_from_slice(&other[from..]);
        }
        14 => {
            let other = &pool[random.usize(..pool.len())];
            let piece = other[some_part(random, other.len())].to_vec();
            put(input, part.start, &piece);
        }
        _ => {
            for _ in 0..random.usize(1..8) {
                flip(random, input);
            }
        }
    }
}

/// A part of so many bytes: mostly a short one.
fn some_part(random: &mut Rng, length: usize) -> std::ops::Range<usize> {
    let start = random.usize(..=length);
    let most = (length - start).min(1 << random.usize(..14));
    start..start + random.usize(..=most)
}

fn put(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

fn flip(random: &mut Rng, input: &mut [u8]) {
    if !input.is_empty() {
        let at = random.usize(..input.len());
        input[at] ^= 1 << random.u8(..8);
    }
}

fn exchange_number(random: &mut Rng, input: &mut Vec<u8>) {
    let from = random.usize(..=input.len());
    let Some(start) = input[from..].iter().position(u8::is_ascii_digit) else { return };
    let start = from + start;
    let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = NUMBERS[random.usize(..NUMBERS.len())];
    input.splice(start..start + length, number.bytes());
}

fn exchange_lines(random: &mut Rng, input: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = input.split_inclusive(|b| *b == b'\n').map(Into::into).collect();
    if lines.is_empty() {
        return;
    }
    let (one, other) = (random.usize(..lines.len()), random.usize(..lines.len()));
    match random.u8(..3) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        _ => lines.insert(other, lines[one].clone()),
    }
    *input = lines.concat();
}
