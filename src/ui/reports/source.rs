//! What a report is made of.

use super::record::Record;

/// What no event tells.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The arguments of the command line.
    pub words: Vec<String>,
    pub exit_status: u8,
    pub version: &'static str,
}

/// The record of a run, and how it is shown.
pub struct Source<'s> {
    pub record: &'s Record,
    pub facts: &'s Facts,
    /// Redacts: what was a secret to nobody when it was printed may be one now.
    pub text: &'s dyn Fn(&str) -> String,
}
