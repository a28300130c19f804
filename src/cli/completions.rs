//! `imgctl completions`: completion scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::arguments::Cli;

/// Print a completion script for a shell.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl completions bash > ~/.local/share/bash-completion/completions/imgctl")]
pub struct Options {
    pub shell: Shell,
}

pub fn completions(options: &Options) {
    clap_complete::generate(options.shell, &mut Cli::command(), "imgctl", &mut std::io::stdout());
}
