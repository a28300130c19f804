//! What the terminal can show.

/// Which output is possible.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Colours on stderr.
    pub color: bool,
    /// Marks such as ✓; else ASCII.
    pub unicode: bool,
    /// Lines that are redrawn on stderr.
    pub bars: bool,
    /// The user can be asked.
    pub interactive: bool,
    /// How wide stderr is, in characters. None: not a terminal.
    pub columns: Option<usize>,
}

/// Which streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Streams {
    pub stdin: bool,
    pub stderr: bool,
    /// How wide stderr is, in characters.
    pub columns: Option<usize>,
}
