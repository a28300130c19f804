//! What became of one combination, in a file of its own: `.imgctl/COMBINATION/result.json`.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::run::Combination;
use crate::state::manifest::Entry;
use crate::{Code, Error, Result, json, read};

/// The file of the record.
pub const RESULT: &str = "result.json";

/// The version of the files of a matrix.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Done,
    Failed,
    /// By Ctrl-C, or because another one failed.
    Stopped,
    /// Its turn never came.
    NotBegun,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    /// The round it belongs to.
    pub round: String,
    /// The tasks of the round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The run whose state is beside this file, or was until its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    pub combination: Combination,
    pub outcome: Outcome,
    /// The id of the image that was made.
    pub image: Option<String>,
    /// What the manifest was told about images: `collect` tells it that of its own machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Entry>,
    /// How long all tries of the round took.
    pub seconds: f64,
    /// `bootstrap: packages`.
    pub failed: Option<String>,
    pub error: Option<String>,
    pub ended: Timestamp,
}

impl Record {
    pub fn is_done(&self) -> bool {
        self.outcome == Outcome::Done
    }

    /// None: there is no such file.
    pub fn read(path: &Path) -> Result<Option<Record>> {
        read_json(path)
    }
}

/// A file of a matrix. None: it does not exist.
///
/// # Errors
/// `Code::State` for one that is broken or of a newer version, which is not changed.
pub fn read_json<T: for<'d> Deserialize<'d>>(path: &Path) -> Result<Option<T>> {
    let broken = |why: String| {
        Error::new(Code::State, format!("{} is broken", path.display())).cause(why).hint(format!(
            "move it away (`mv {0} {0}.broken`): its combination is then done anew",
            path.display()
        ))
    };
    let bytes = match read::bytes(path, read::MOST, &|| false) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    let value = json::value(&bytes).map_err(|error| broken(error.to_string()))?;
    if value.get("version").and_then(serde_json::Value::as_u64) > Some(VERSION.into()) {
        let message = format!("{} was written by a newer imgctl", path.display());
        return Err(Error::new(Code::State, message).hint("use that imgctl"));
    }
    serde_json::from_value(value).map(Some).map_err(|error| broken(error.to_string()))
}

/// Complete, or not at all; readable by this user only.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let failed = |error: std::io::Error| Error::io("write", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    serde_json::to_writer_pretty(&mut file, value).map_err(|error| failed(error.into()))?;
    file.write_all(b"\n").and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
