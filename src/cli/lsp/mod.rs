//! `imgctl lsp`: what editors ask, answered over standard input and output.

mod answers;
mod documents;
mod hello;
mod library;
mod notes;
mod position;
mod problems;
mod projects;
mod requests;
mod server;
mod uri;
mod wire;

use std::sync::Arc;

use clap::Args;

use crate::Result;
use crate::ui::Ui;

/// Serve an editor: mistakes while typing, completion, help and the source of scripts and config.yaml.
///
/// It speaks the Language Server Protocol on standard input and output. It runs nothing and connects to
/// nothing. docs/editors.md shows how editors are told to start it.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl lsp      # started by the editor")]
pub struct Options {
    /// Accepted, since some editors add it.
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// Serves until the editor says `exit` or is gone; the exit status.
///
/// # Errors
/// The editor cannot be written to.
pub fn lsp(ui: &Arc<Ui>) -> Result<u8> {
    server::serve(ui)
}
