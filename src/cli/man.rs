//! `imgctl man`: manual pages.

use std::path::PathBuf;

use clap::Args;

use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

/// Print the manual page, or write one for each command into a folder.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl man | man -l -
  imgctl man ~/.local/share/man/man1")]
pub struct Options {
    /// The folder, which is made if it is missing.
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

pub fn man(ui: &Ui, options: &Options, command: clap::Command, is_dry_run: bool) -> Result<()> {
    let Some(folder) = &options.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Error::failed("cannot make the manual page").cause(error))?;
        ui.print(String::from_utf8_lossy(&page).trim_end());
        return Ok(());
    };
    if is_dry_run {
        return Err(Error::usage("`imgctl man DIR` has no dry run")
            .hint("without a folder it prints the page, and writes nothing"));
    }
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .map_err(|error| Error::io("write manual pages to", folder, error))?;
    ui.log(Level::Success, &format!("wrote manual pages to {}", folder.display()));
    Ok(())
}
