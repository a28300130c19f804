//! `imgctl completions`: completion scripts for shells.

use clap::Args;
use clap_complete::Shell;

use super::complete;
use crate::ui::Ui;

/// Print a completion script for a shell.
///
/// bash, zsh and fish complete tasks with their arguments, clouds, regions, distributions, images and instances;
/// others the options and commands.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl completions bash > ~/.local/share/bash-completion/completions/imgctl
  imgctl completions zsh > ~/.zfunc/_imgctl
  imgctl completions fish > ~/.config/fish/completions/imgctl.fish")]
pub struct Options {
    pub shell: Shell,
}

pub fn completions(ui: &Ui, options: &Options, mut commands: clap::Command) {
    if let Some(script) = complete::script(options.shell) {
        return ui.print(script.trim_end());
    }
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut commands, "imgctl", &mut script);
    ui.print(String::from_utf8_lossy(&script).trim_end());
}
