//! `imgctl init`: writes a commented `config.yaml`, and with `--scripts` copies of the shipped scripts.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::global::Global;
use crate::config::Config;
use crate::report::{Level, Report};
use crate::script::shipped::Shelf;
use crate::ui::Ui;
use crate::{Error, Result};

/// Write a commented config.yaml into this folder.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl init
  imgctl init --scripts     # also copy the shipped scripts, to edit them")]
pub struct Options {
    /// Also copy the shipped scripts and library, to edit them.
    #[arg(long)]
    pub scripts: bool,
}

pub fn init(global: &Global, ui: &Arc<Ui>, options: &Options) -> Result<()> {
    let folder = std::env::current_dir()
        .map_err(|error| Error::failed("cannot determine the current folder").cause(error))?;
    let config = global.config.clone().unwrap_or_else(|| folder.join("config.yaml"));
    write_new(ui, &config, Config::template())?;
    if !options.scripts {
        return Ok(());
    }
    for shelf in [Shelf::Scripts, Shelf::Stdlib] {
        let target = folder.join(shelf.folder());
        std::fs::create_dir_all(&target).map_err(|error| Error::io("create", &target, error))?;
        for name in shelf.names(Path::new(""))? {
            if let Some(source) = shelf.find(Path::new(""), &name)? {
                write_new(ui, &target.join(format!("{name}.rhai")), &source.text)?;
            }
        }
    }
    Ok(())
}

/// Never overwrites a file, which may have been edited.
fn write_new(ui: &Arc<Ui>, path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match created {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).map_err(|error| Error::io("write", path, error))?;
            ui.log(Level::Success, &format!("wrote {}", path.display()));
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            ui.log(Level::Info, &format!("{} already exists and is not changed", path.display()));
            Ok(())
        }
        Err(error) => Err(Error::io("create", path, error)),
    }
}
