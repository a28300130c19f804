//! `imgctl init`: the files that a project begins with.

mod ci;
mod copies;
mod schema;
mod starter;
pub mod write;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::global::Global;
use crate::config::Config;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

pub use ci::Ci;
pub use copies::{DiffOptions, diff_scripts};
use write::{already, write_ignored, write_new};

/// Begin a project: a short config.yaml for one cloud, a task, and a module with its test.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl init                       # asks for the cloud
  imgctl init images --cloud ec2 --region eu-central-1
  imgctl init --ci github           # also a pipeline that bakes
  imgctl init --full                # config.yaml with every cloud and setting
  imgctl init --scripts             # also copy the shipped scripts, to edit them

A file that is there already is never changed, except config.schema.json, by which editors complete and
check config.yaml: it is brought up to this version.")]
pub struct Options {
    /// The folder [default: this one]; it is created.
    #[arg(value_name = "DIR")]
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
    if global.dry_run {
        return Err(Error::usage("`imgctl init` has no dry run")
            .hint("it never changes a file that is there: try it in an empty folder"));
    }
    let folder = match &options.dir {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()
            .map_err(|error| Error::failed("cannot determine the current folder").cause(error))?,
    };
    let config = global.config.first().cloned();
    let config = config.unwrap_or_else(|| folder.join("config.yaml"));
    let mut is_new = false;
    if config.symlink_metadata().is_ok() {
        already(ui, &config);
    } else if options.full {
        write::can(&schema::path(&config))?;
        write_new(ui, &config, &schema::named_in(Config::template()))?;
    } else {
        // All of them or none.
        write::can(&schema::path(&config))?;
        for (name, _) in starter::FILES {
            write::can(&folder.join(name))?;
        }
        let cloud = starter::cloud(global, ui)?;
        write_new(ui, &config, &schema::named_in(&starter::config(&cloud, global)))?;
        for (name, text) in starter::FILES {
            match name {
                ".gitignore" => write_ignored(ui, &folder.join(name), text)?,
                _ => drop(write_new(ui, &folder.join(name), text)?),
            }
        }
        is_new = true;
    }
    if options.scripts {
        copies::copy(ui, &folder)?;
    }
    schema::write(ui, &config)?;
    if is_new {
        ui.log(
            Level::Info,
            "next: `imgctl check` and `imgctl test`, then `imgctl up welcome`; `imgctl help` shows more",
        );
    }
    Ok(config)
}
