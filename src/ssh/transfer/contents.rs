//! The contents of a local file, as long as it was when it was looked at: that length was announced.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::read;
use crate::report::{Level, Report};

pub(super) struct Contents {
    file: File,
    path: PathBuf,
    size: u64,
    left: u64,
    report: Arc<dyn Report>,
    /// Whether its end was looked at.
    has_ended: bool,
}

impl Contents {
    pub(super) fn open(path: &Path, size: u64, report: Arc<dyn Report>) -> io::Result<Contents> {
        let (file, path) = (read::open(path)?, path.to_owned());
        Ok(Contents { file, path, size, left: size, report, has_ended: false })
    }

    /// A file that was written to meanwhile is copied as far as it was there.
    fn end(&mut self) -> io::Result<usize> {
        if !std::mem::replace(&mut self.has_ended, true) && self.file.read(&mut [0])? > 0 {
            let message = format!(
                "{} became longer while it was sent: its first {} bytes were copied",
                self.path.display(),
                self.size
            );
            self.report.log(Level::Warning, &message);
        }
        Ok(0)
    }
}

/// An error for a file that became shorter.
impl Read for Contents {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return self.end();
        }
        let want = usize::try_from(self.left).unwrap_or(buffer.len()).min(buffer.len());
        let length = self.file.read(&mut buffer[..want])?;
        if length == 0 && want > 0 {
            let text = format!("{} became shorter while it was sent", self.path.display());
            return Err(io::Error::other(text));
        }
        self.left -= length as u64;
        Ok(length)
    }
}
