//! What a word may become.

/// What a word may become.
pub enum Answer {
    Words(Vec<Candidate>),
    /// The shell knows the names of files.
    Files,
    Folders,
}

pub struct Candidate {
    /// The whole word.
    pub value: String,
    /// One line about it; empty for what speaks for itself.
    pub about: String,
}

impl Candidate {
    pub fn new(value: impl Into<String>, about: impl Into<String>) -> Candidate {
        Candidate { value: value.into(), about: about.into() }
    }
}
