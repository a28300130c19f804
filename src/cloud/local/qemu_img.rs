//! `qemu-img`: facts about disk images, and conversions with a progress bar.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio::process::Command;

use super::program::{self, Redirect};
use crate::report::Watch;
use crate::{Error, Result, said};

/// The output of `qemu-img info`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Info {
    pub format: String,
    /// Bytes of the disk that a guest sees.
    pub virtual_size: u64,
    /// Bytes on this machine.
    #[serde(default)]
    pub actual_size: u64,
    #[serde(default)]
    backing_filename: Option<String>,
    #[serde(default)]
    format_specific: serde_json::Value,
}

impl Info {
    /// Another file that this image depends on.
    pub fn other_file(&self) -> Option<&str> {
        let data = self.format_specific.pointer("/data/data-file");
        self.backing_filename.as_deref().or_else(|| data.and_then(serde_json::Value::as_str))
    }
}

/// The exit status of `qemu-img check` for an image that lacks or contradicts some of its data.
/// Source: qemu-img(1), as for the next.
const DAMAGED: i32 = 2;
/// Its exit status for an image with clusters that nothing uses.
const LEAKS: i32 = 3;

#[derive(Debug, Clone)]
pub struct QemuImg(PathBuf);

impl QemuImg {
    pub fn find(file: Option<&Path>) -> Result<QemuImg> {
        program::find("qemu-img", file, "qemu-utils").map(QemuImg)
    }

    /// Facts about an image, which may be in use.
    pub async fn info(&self, image: &Path, watch: &Watch) -> Result<Info> {
        let words: [OsString; 4] =
            ["info".into(), "--force-share".into(), "--output=json".into(), image.into()];
        let text = program::run(&self.0, words, watch, |_| ()).await?;
        serde_json::from_str(&text).map_err(|error| {
            Error::failed(format!(
                "the output of `qemu-img info` for {} is not understood",
                image.display()
            ))
            .cause(error)
        })
    }

    /// Why a qcow2 image is not whole; none if it is.
    ///
    /// # Errors
    /// `Failed` if it cannot be checked.
    pub async fn damage(&self, image: &Path, watch: &Watch) -> Result<Option<String>> {
        let mut command = Command::new(&self.0);
        command.args(["check", "-q", "--force-share", "-f", "qcow2"]).arg(image);
        let ended = program::run_to_end(command, Redirect::default(), watch, |_| ()).await?;
        let mut last = ended.last(|_| true);
        match ended.status.code() {
            // Of clusters that nothing uses, no data is lost.
            Some(0 | LEAKS) => Ok(None),
            Some(DAMAGED) => {
                Ok(Some(last.pop().unwrap_or_else(|| "qemu-img check says so".to_owned())))
            }
            _ => {
                let error = Error::failed(format!("qemu-img cannot check {}", image.display()));
                Err(last.into_iter().fold(error, Error::cause))
            }
        }
    }

    /// Makes an overlay: a disk that reads from `backing` what was not written to it.
    pub async fn overlay(
        &self,
        file: &Path,
        backing: &Path,
        format: &str,
        size: u64,
        watch: &Watch,
    ) -> Result<()> {
        let words: [OsString; 10] = [
            "create".into(),
            "-q".into(),
            "-f".into(),
            "qcow2".into(),
            "-b".into(),
            backing.into(),
            "-F".into(),
            format.into(),
            file.into(),
            size.to_string().into(),
        ];
        program::run(&self.0, words, watch, |_| ()).await.map(drop)
    }

    /// Overwrites bytes of a qcow2 image.
    pub async fn write_at(
        &self,
        image: &Path,
        offset: u64,
        bytes: &[u8],
        watch: &Watch,
    ) -> Result<()> {
        let failed = |error| Error::io("write", image, error);
        // qemu-io, which comes with qemu-img, takes the bytes from a file.
        let folder = image.parent().unwrap_or(Path::new("."));
        let source = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        std::fs::write(source.path(), bytes).map_err(failed)?;
        let name = source.path().file_name().unwrap_or_default().to_string_lossy();
        let words = format!("write -s {name} {offset} {}", bytes.len());
        // qemu-io has no quoting, so the file's name is short and relative.
        let mut command = Command::new(program::find("qemu-io", None, "qemu-utils")?);
        command.current_dir(folder).args(["-f", "qcow2", "-c", &words]).arg(image);
        let printed = program::run_command(command, Redirect::default(), watch, |_| ()).await?;
        // It exits with 0 even after an error, and has no code for one.
        if printed.contains(&format!("wrote {}/{} bytes", bytes.len(), bytes.len())) {
            return Ok(());
        }
        Err(Error::failed(format!("cannot write to {}", image.display()))
            .cause(said::begin(printed.trim())))
    }

    /// Converts an image, with a progress bar; `options` come before the file names.
    pub async fn convert(
        &self,
        label: &str,
        options: &[&str],
        from: &Path,
        to: &Path,
        watch: &Watch,
    ) -> Result<()> {
        let activity = watch.report.activity(label);
        let mut words: Vec<OsString> = vec!["convert".into(), "-p".into()];
        words.extend(options.iter().map(OsString::from));
        words.extend([from.into(), to.into()]);
        program::run(&self.0, words, watch, |line| {
            if let Some(percent) = percent(line) {
                activity.progress(percent, Some(100));
            }
        })
        .await
        .map(drop)
    }
}

/// `    (12.34/100%)`
fn percent(line: &str) -> Option<u64> {
    let number = line.trim().strip_prefix('(')?.split(['.', '/']).next()?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read_from_its_line() {
        assert_eq!(percent("    (12.34/100%)"), Some(12));
        assert_eq!(percent("(100.00/100%)"), Some(100));
        assert_eq!(percent("Formatting 'x'"), None);
    }
}
