//! `imgctl completions`: completion scripts for shells.

use clap::Args;
use clap_complete::Shell;

use crate::ui::Ui;

/// Print a completion script for a shell.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl completions bash > ~/.local/share/bash-completion/completions/imgctl")]
pub struct Options {
    pub shell: Shell,
}

pub fn completions(ui: &Ui, options: &Options, mut commands: clap::Command) {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut commands, "imgctl", &mut script);
    ui.print(String::from_utf8_lossy(&script).trim_end());
}
