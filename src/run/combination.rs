//! A cloud, region and distribution with a state, a log and a result of its own, beside others of the
//! same project.

use std::fmt;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use tokio_util::sync::CancellationToken;

use super::{Choice, Run};
use crate::config::{Selection, is_name};
use crate::report::Watch;
use crate::state::Store;
use crate::ui::Beside;
use crate::{Error, Result};

/// The folder of a project that holds those of its combinations.
pub const FOLDER: &str = ".imgctl";
pub const STATE: &str = "state.json";
pub const LOG: &str = "log";
/// Bytes of a folder's name before its digest; file systems allow 255.
const LONGEST: usize = 200;
/// In the project's folder: a state file that is never written.
const NOWHERE: &str = ".imgctl-dry-run.json";

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Combination {
    pub cloud: String,
    /// Empty: the cloud has no regions, or the provider finds its own default.
    pub region: String,
    pub distribution: String,
}

impl Combination {
    #[must_use]
    pub fn of(selection: &Selection) -> Combination {
        Combination {
            cloud: selection.cloud.clone(),
            region: selection.region.clone(),
            distribution: selection.distribution.clone(),
        }
    }

    #[must_use]
    pub fn choice(&self) -> Choice {
        let given = |name: &str| Some(name.to_owned()).filter(|name| !name.is_empty());
        Choice {
            cloud: given(&self.cloud),
            region: given(&self.region),
            distribution: given(&self.distribution),
        }
    }

    /// `ec2/us-west-2/debian12`, or without a region `local/debian12`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Combination> {
        let parts: Vec<&str> = text.split('/').collect();
        let [cloud, region, distribution] = match parts[..] {
            [cloud, distribution] => [cloud, "", distribution],
            [cloud, region, distribution] if !region.is_empty() => [cloud, region, distribution],
            _ => return None,
        };
        let is_whole = parts.iter().all(|part| is_name(part));
        let [cloud, region, distribution] = [cloud, region, distribution].map(str::to_owned);
        is_whole.then_some(Combination { cloud, region, distribution })
    }

    /// Its folder in the project: no other combination has the same.
    #[must_use]
    pub fn folder(&self, project: &Path) -> PathBuf {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        let plain = |c: char| if is_plain(c) { c } else { '-' };
        let name: Vec<String> =
            self.parts().map(|part| part.chars().map(plain).collect()).collect();
        let mut name = name.join("_");
        let is_whole = self.parts().all(|part| part.chars().all(is_plain));
        if !is_whole || name.len() > LONGEST || name.starts_with('.') {
            // What is lost of the name is in its digest.
            let digest = Sha256::digest(self.to_string());
            let digest: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            name.truncate(LONGEST);
            name = format!("{}~{digest}", name.trim_start_matches('.'));
        }
        project.join(FOLDER).join(name)
    }

    /// As [`Combination::folder`], made if it is not there; nobody else can read it.
    pub fn make_folder(&self, project: &Path) -> Result<PathBuf> {
        make_folder(project)?;
        let folder = self.folder(project);
        make(&folder)?;
        Ok(folder)
    }

    /// A run of it, with a state of its own and a log beside it, until `cancel`.
    ///
    /// # Errors
    /// `Code::State` and `Code::Io` for files that cannot be used.
    pub fn open(
        &self,
        beside: &Run,
        width: usize,
        has_bar: bool,
        cancel: CancellationToken,
    ) -> Result<Arc<Run>> {
        let project = &beside.options.project;
        // A dry run makes no folder.
        let folder = match beside.options.dry_run {
            true => Some(self.folder(project)).filter(|folder| folder.is_dir()),
            false => Some(self.make_folder(project)?),
        };
        let state = folder.as_ref().map_or(project.join(NOWHERE), |folder| folder.join(STATE));
        let log: Box<dyn Write + Send> = match folder.filter(|_| !beside.options.dry_run) {
            None => Box::new(std::io::sink()),
            Some(folder) => {
                let path = folder.join(LOG);
                if path.metadata().is_ok_and(|found| !found.is_file()) {
                    let why = std::io::Error::other("it is not a regular file");
                    return Err(Error::io("open", &path, why));
                }
                let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
                Box::new(file.map_err(|error| Error::io("open", &path, error))?)
            }
        };
        let store = Arc::new(Store::open(&state)?);
        let ui = beside.ui.beside(Beside { label: self.to_string(), width, has_bar, log });
        let run = beside.beside(store, ui.clone(), Watch { report: ui, cancel });
        run.choose(&self.choice());
        beside.plans.include(&run.plans);
        Ok(run)
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        let all = [&self.cloud, &self.region, &self.distribution];
        all.into_iter().map(String::as_str).filter(|part| !part.is_empty())
    }
}

/// `ec2/us-west-2/centos7`.
impl fmt::Display for Combination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts().collect::<Vec<_>>().join("/"))
    }
}

/// The folder of all combinations, which Git passes over.
pub fn make_folder(project: &Path) -> Result<PathBuf> {
    let folder = project.join(FOLDER);
    make(&folder)?;
    let ignored = folder.join(".gitignore");
    if !ignored.exists() {
        fs::write(&ignored, "*\n").map_err(|error| Error::io("write", &ignored, error))?;
    }
    Ok(folder)
}

fn make(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists || !folder.is_dir() => {
            Err(Error::io("make the folder", folder, error))
        }
        _ => Ok(()),
    }
}
