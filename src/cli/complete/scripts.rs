//! The scripts that make shells ask.

use clap_complete::Shell;

/// For a shell that this is written for; None for the others, which get what clap generates.
pub fn script(shell: Shell) -> Option<&'static str> {
    match shell {
        Shell::Bash => Some(include_str!("imgctl.bash")),
        Shell::Zsh => Some(include_str!("imgctl.zsh")),
        Shell::Fish => Some(include_str!("imgctl.fish")),
        _ => None,
    }
}
