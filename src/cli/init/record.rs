//! What each copy of a shipped script was when it was made, or when somebody last compared it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use crate::run::digest;
use crate::{Error, Result};

/// In the project, and meant to be committed with the copies.
const FILE: &str = ".imgctl-scripts.json";
/// Bytes of a script: a text that unpacks to more is not one of ours.
const LONGEST: u64 = 4 << 20;

/// A shipped script as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shipped {
    /// Of an imgctl that kept no texts: a digest.
    Digest(String),
    /// The text, compressed.
    Text { zlib: String },
}

impl Shipped {
    /// # Errors
    /// `Code::Failed` if it cannot be compressed.
    pub fn of(text: &str) -> Result<Shipped> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        let packed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
        let packed = packed
            .map_err(|error| Error::failed("cannot compress the record of copies").cause(error))?;
        Ok(Shipped::Text { zlib: STANDARD.encode(packed) })
    }

    /// None: it was not kept, or somebody has edited it.
    pub fn text(&self) -> Option<String> {
        let Shipped::Text { zlib } = self else { return None };
        let packed = STANDARD.decode(zlib).ok()?;
        let mut text = String::new();
        ZlibDecoder::new(&packed[..]).take(LONGEST).read_to_string(&mut text).ok()?;
        Some(text)
    }

    pub fn is(&self, text: &str) -> bool {
        match self {
            Shipped::Digest(digest) => *digest == digest::of(&[text]),
            Shipped::Text { .. } => self.text().as_deref() == Some(text),
        }
    }
}

/// By the path of the copy.
pub type Record = BTreeMap<String, Shipped>;

/// The record of a project.
///
/// # Errors
/// `Code::Config` for a file that is not such a record.
pub fn read(project: &Path) -> Result<Record> {
    let path = project.join(FILE);
    match crate::read::text(&path) {
        Ok(text) => crate::json::read(text.as_bytes()).map_err(|error| {
            Error::config(format!("cannot read {}", path.display()))
                .cause(error)
                .hint("remove it: every difference is shown then")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Record::new()),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

/// Writes the record of a project.
///
/// # Errors
/// `Code::Io` if it cannot be written.
pub fn write(project: &Path, record: &Record) -> Result<()> {
    let path = project.join(FILE);
    let text = serde_json::to_string_pretty(record)
        .map_err(|error| Error::failed("cannot write the record of copies").cause(error))?;
    std::fs::write(&path, text + "\n").map_err(|error| Error::io("write", &path, error))
}

#[cfg(test)]
mod tests {
    use super::Shipped;
    use crate::run::digest;

    #[test]
    fn a_text_is_kept_whole() {
        let text = "//! What it does.\n".repeat(50);
        let kept = Shipped::of(&text).unwrap();
        assert!(kept.is(&text) && !kept.is("another"));
        assert_eq!(kept.text(), Some(text.clone()));
        assert!(Shipped::Digest(digest::of(&[&text])).is(&text));
        let broken = Shipped::Text { zlib: "????".to_owned() };
        assert!(broken.text().is_none() && !broken.is(&text));
    }
}
