//! Base64.

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use rhai::Blob;
use rhai::plugin::*;

use crate::Error;
use crate::script::errors::{Fallible, call_begins, throw};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Line breaks and the signs `=` at the end are allowed and not needed.
fn bytes(text: &str) -> crate::Result<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(text).map_err(|error| Error::failed("this is not valid base64").cause(error))
}

#[export_module]
pub mod functions {
    /// A text in base64, on one line.
    ///
    /// ```rhai
    /// let login = base64::encode("me:" + secret::env("TOKEN"));
    /// ```
    #[rhai_fn(name = "encode")]
    pub fn encode(text: &str) -> String {
        BASE64.encode(text)
    }

    /// Bytes in base64, on one line.
    ///
    /// ```rhai
    /// let zeros = base64::encode(blob(16, 0));
    /// ```
    #[rhai_fn(name = "encode")]
    pub fn encode_bytes(blob: Blob) -> String {
        BASE64.encode(blob)
    }

    /// The text of a base64 text, which may have line breaks. Throws when it is not UTF-8:
    /// `decode_bytes` takes any bytes.
    ///
    /// ```rhai
    /// let text = base64::decode("aW1nY3Rs");
    /// ```
    #[rhai_fn(name = "decode", return_raw)]
    pub fn decode(call: NativeCallContext, text: &str) -> Fallible<String> {
        call_begins(&call);
        let bytes = bytes(text).map_err(throw)?;
        String::from_utf8(bytes).map_err(|_| {
            throw(
                Error::failed("the decoded bytes are not UTF-8 text")
                    .hint("read them with base64::decode_bytes"),
            )
        })
    }

    /// The bytes of a base64 text.
    ///
    /// ```rhai
    /// let bytes = base64::decode_bytes("/+8=");
    /// ```
    #[rhai_fn(name = "decode_bytes", return_raw)]
    pub fn decode_bytes(call: NativeCallContext, text: &str) -> Fallible<Blob> {
        call_begins(&call);
        bytes(text).map_err(throw)
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn line_breaks_and_missing_padding_are_understood_and_nothing_else() {
        for text in ["/+8=", "/+8", " /+\n8=\n"] {
            assert_eq!(bytes(text).ok().as_deref(), Some(&[0xff, 0xef][..]), "{text:?}");
        }
        for text in ["/+8_", "a", "abc=d", "-"] {
            assert!(bytes(text).is_err(), "{text:?}");
        }
    }
}
