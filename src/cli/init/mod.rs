//! `imgctl init`: the files that a project begins with.

mod ci;
mod copies;
mod differences;
mod record;
mod schema;
mod starter;
pub mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::global::Global;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

pub use ci::Ci;
pub use differences::{DiffOptions, diff_scripts};
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
    /// The folder [default: that of `--config`, else this one]; it is created.
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
    let here = || {
        std::env::current_dir()
            .map_err(|error| Error::failed("cannot determine the current folder").cause(error))
    };
    let named = global.config.first();
    // The scripts of a project are beside its config.yaml.
    let beside = named.and_then(|it| it.parent()).filter(|it| !it.as_os_str().is_empty());
    let folder = match (&options.dir, beside) {
        (Some(folder), _) => folder.clone(),
        (None, Some(folder)) => folder.to_path_buf(),
        (None, None) => here()?,
    };
    let config = named.cloned().unwrap_or_else(|| folder.join("config.yaml"));
    let is_new = config.symlink_metadata().is_err();
    // All of them or none.
    can_all(&folder, &config, is_new, options)?;
    if is_new {
        let cloud = starter::cloud(global, ui)?;
        let text = starter::config(&cloud, global, options.full);
        starter::check(&folder, &text, global)?;
        write_new(ui, &config, &schema::named_in(&text))?;
        for (name, text) in starter::FILES {
            match name {
                ".gitignore" => write_ignored(ui, &folder.join(name), text)?,
                _ => drop(write_new(ui, &folder.join(name), text)?),
            }
        }
    } else {
        already(ui, &config);
    }
    if options.scripts {
        copies::copy(ui, &folder)?;
    }
    schema::write(ui, &config)?;
    if is_new {
        ui.log(Level::Info, &next(options, named));
    }
    Ok(config)
}

/// Whether everything that is to be written has a place.
fn can_all(folder: &Path, config: &Path, is_new: bool, options: &Options) -> Result<()> {
    write::can(&schema::path(config))?;
    if is_new {
        write::can(config)?;
        starter::FILES.iter().try_for_each(|(name, _)| write::can(&folder.join(name)))?;
    }
    if options.scripts {
        copies::shipped().keys().try_for_each(|name| write::can(&folder.join(name)))?;
    }
    match options.ci {
        Some(ci) => write::can(&config.with_file_name(ci.place().1)),
        None => Ok(()),
    }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let shown = path.to_string_lossy();
    shlex::try_quote(&shown).map_or_else(|_| shown.to_string(), std::borrow::Cow::into_owned)
}

/// What to do with a new project, by commands that work where the person is.
fn next(options: &Options, named: Option<&PathBuf>) -> String {
    let first = match (named, &options.dir) {
        (None, Some(folder)) if folder != Path::new(".") => {
            format!("`cd {}`, then ", quoted(folder))
        }
        _ => String::new(),
    };
    let with = named.map(|it| format!(" --config {}", quoted(it))).unwrap_or_default();
    format!(
        "next: {first}`imgctl{with} check` and `imgctl{with} test`, then `imgctl{with} bake`; `imgctl help` \
         shows more"
    )
}
