//! The options of the command line for output and questions.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::log_file::LogFile;

/// How to show output, and how to ask.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// One JSON object a line on stdout instead of text.
    pub json: bool,
    /// -1 for `-q`, 1 and more for `-v`.
    pub verbosity: i8,
    /// None: as `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and the terminal say.
    pub color: Option<bool>,
    /// Answer every question with yes.
    pub yes: bool,
    /// Keep what happens for reports.
    pub records: bool,
    /// Gets all that is told, whatever is shown.
    pub log: Option<Arc<LogFile>>,
    /// Ends a question when Ctrl-C is pressed.
    pub cancel: CancellationToken,
}
