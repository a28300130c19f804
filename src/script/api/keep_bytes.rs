//! Texts that may hold any bytes: a byte that is not UTF-8 becomes a character of its own and is that
//! byte again when the text is written, whatever was edited around it.
//!
//! Byte B becomes U+F700 + B, which is in the private use area. A text may already hold these
//! characters: each is taken for three bytes that are not UTF-8, so that no two contents become the
//! same text.

const FIRST: u32 = 0xF780;
const LAST: u32 = 0xF7FF;

fn stands_for_a_byte(character: char) -> bool {
    (FIRST..=LAST).contains(&u32::from(character))
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    // All of these are characters.
    text.extend(bytes.iter().filter_map(|byte| char::from_u32(0xF700 + u32::from(*byte))));
}

/// The text of these bytes.
pub fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if stands_for_a_byte(character) {
                push_bytes(&mut text, character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(character);
            }
        }
        push_bytes(&mut text, chunk.invalid());
    }
    text
}

/// The bytes of such a text.
pub fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if stands_for_a_byte(character) {
            bytes.push(u32::from(character).to_le_bytes()[0]);
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{to_bytes, to_text};

    #[test]
    fn plain_text_is_left_as_it_is() {
        let text = "#\u{e4}\u{20ac}\u{1f4bf}\u{f77f}\u{f800}\0\n";
        assert_eq!(to_text(text.as_bytes()), text);
    }

    #[test]
    fn what_is_not_text_can_be_edited_around() {
        let text = to_text(b"name=caf\xe9\nport=80\n");
        assert_eq!(text, "name=caf\u{f7e9}\nport=80\n");
        assert_eq!(to_bytes(&text.replace("80", "8080")), b"name=caf\xe9\nport=8080\n");
    }

    /// Bytes of every kind, half of them from the edges of UTF-8 and of the escapes.
    #[test]
    fn any_bytes_survive() {
        const PARTS: [&[u8]; 12] = [
            b"a",
            b"\n",
            b"\x80",
            b"\xff",
            b"\xc3",
            b"\xc3\xa9",
            b"\xed\xa0\x80",
            b"\xef\x9e\x80",
            b"\xef\x9f\xbf",
            b"\xef\x9e",
            b"\xf0\x9f\x92\xbf",
            b"\xf0\x9f",
        ];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bytes = Vec::new();
            for _ in 0..random.usize(0..12) {
                match random.bool() {
                    true => bytes.push(random.u8(..)),
                    false => bytes.extend_from_slice(PARTS[random.usize(0..PARTS.len())]),
                }
            }
            assert_eq!(to_bytes(&to_text(&bytes)), bytes);
        }
    }
}
