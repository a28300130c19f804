//! `imgctl init`: the files that a project begins with.

mod copies;
mod pipeline;
mod starter;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::global::Global;
use crate::config::Config;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

pub use copies::{DiffOptions, diff_scripts};
pub use pipeline::{Ci, pipeline};

/// Begin a project: a short config.yaml for one cloud, a task and a module.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl init                       # asks for the cloud
  imgctl init images --cloud ec2 --region eu-central-1
  imgctl init --ci github           # also a pipeline that bakes
  imgctl init --full                # config.yaml with every cloud and setting
  imgctl init --scripts             # also copy the shipped scripts, to edit them

A file that is there already is never changed.")]
pub struct Options {
    /// The folder [default: this one]; it is created.
    pub dir: Option<PathBuf>,

    /// Write every setting of every cloud into config.yaml.
    #[arg(long)]
    pub full: bool,

    /// Also write a pipeline for this CI system, which bakes what config.yaml says.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    pub ci: Option<Ci>,

    /// Also copy the shipped scripts and library, to edit them. The copies are used in place of those of
    /// later versions, too.
    #[arg(long)]
    pub scripts: bool,
}

/// Writes the files; the path of config.yaml.
pub fn init(global: &Global, ui: &Arc<Ui>, options: &Options) -> Result<PathBuf> {
    let folder = match &options.dir {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()
            .map_err(|error| Error::failed("cannot determine the current folder").cause(error))?,
    };
    let config = global.config.clone().unwrap_or_else(|| folder.join("config.yaml"));
    if config.symlink_metadata().is_ok() {
        already(ui, &config);
    } else if options.full {
        write_new(ui, &config, Config::template())?;
    } else {
        let cloud = starter::cloud(global, ui)?;
        write_new(ui, &config, &starter::config(&cloud, global))?;
        for (name, text) in starter::FILES {
            write_new(ui, &folder.join(name), text)?;
        }
        ui.log(
            Level::Info,
            "next: `imgctl check`, then `imgctl up welcome`; `imgctl help` shows more",
        );
    }
    if options.scripts {
        copies::copy(ui, &folder)?;
    }
    Ok(config)
}

/// Never overwrites a file, which may have been edited.
fn write_new(ui: &Arc<Ui>, path: &Path, text: &str) -> Result<bool> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
    }
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match created {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|error| Error::io("write", path, error))?;
            ui.log(Level::Success, &format!("wrote {}", path.display()));
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            already(ui, path);
            Ok(false)
        }
        Err(error) => Err(Error::io("create", path, error)),
    }
}

fn already(ui: &Arc<Ui>, path: &Path) {
    ui.log(Level::Info, &format!("{} already exists and is not changed", path.display()));
}
