//! The guest's serial console, as text.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::{Error, Result};

/// Its name in the instance's folder.
pub const FILE: &str = "console.log";

/// The last `limit` bytes of it, without control sequences; empty if the guest has printed nothing.
pub fn tail(path: &Path, limit: u64) -> Result<String> {
    let failed = |error| Error::io("read", path, error);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(failed(error)),
    };
    let length = file.metadata().map_err(failed)?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(limit))).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    Ok(clean(&String::from_utf8_lossy(&bytes)))
}

/// Writes a line at its end.
pub fn note(path: &Path, line: &str) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    let mut file = File::options().append(true).create(true).open(path).map_err(failed)?;
    file.write_all(format!("\n{line}\n").as_bytes()).map_err(failed)
}

fn clean(text: &str) -> String {
    let text = console::strip_ansi_codes(text);
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_left_out() {
        assert_eq!(
            clean("[\u{1b}[0;32m  OK  \u{1b}[0m] up\r\n\u{7}login: "),
            "[  OK  ] up\nlogin: "
        );
    }

    #[test]
    fn only_the_end_is_kept() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "one\ntwo\n").unwrap();
        assert_eq!(tail(file.path(), 4).unwrap(), "two\n");
        assert_eq!(tail(Path::new("/no/such/file"), 4).unwrap(), "");
    }
}
