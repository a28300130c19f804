//! Keys for a container: the same systemd credentials as for a virtual machine, or a folder for
//! cloud-init's data source NoCloud.

use std::path::Path;

use crate::Result;
use crate::cloud::Launch;
use crate::cloud::local::{credentials, seed, store};
use crate::config::local::Handover;

/// The folder of both in the instance's folder.
const FOLDER: &str = "keys";

/// The copy of the folder that `keeper.sh` makes for the container's root.
const COPY: &str = "/run/keys";

/// Where cloud-init finds its folder inside; nothing of it is on the disk.
const SEED: &str = "/run/imgctl-seed";

/// Writes the files and returns their names.
pub fn write(folder: &Path, id: &str, handover: Handover, launch: &Launch) -> Result<Vec<String>> {
    let files: Vec<(String, String)> = match handover {
        Handover::Credentials => credentials::all(id, launch),
        Handover::NoCloud => seed::files(id, launch)?.into(),
    };
    let folder = folder.join(FOLDER);
    store::create_folder(&folder)?;
    for (name, value) in &files {
        store::write(&folder.join(name), value.as_bytes())?;
    }
    Ok(files.into_iter().map(|(name, _)| name).collect())
}

/// The arguments of systemd-nspawn, and those of the system's first process, which systemd and
/// cloud-init read like a kernel's command line.
pub fn arguments(folder: &Path, handover: Handover, names: &[String]) -> (Vec<String>, String) {
    match handover {
        Handover::Credentials => {
            let folder = folder.join(FOLDER);
            let load = |name: &String| {
                format!("--load-credential=imgctl.{name}:{}", folder.join(name).display())
            };
            (names.iter().map(load).collect(), "cloud-init=disabled".to_owned())
        }
        Handover::NoCloud => {
            (vec![format!("--bind-ro={COPY}:{SEED}")], format!("ds=nocloud;s={SEED}/"))
        }
    }
}
