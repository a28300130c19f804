//! What a console needs of modules that themselves need consoles.

use std::collections::BTreeSet;

use rhai::Engine;

use crate::Result;
use crate::config::Limits;
use crate::script::docs::Entry;
use crate::script::running::Script;

/// Handed down by who makes the engines of scripts: a script opens consoles, which run scripts.
#[derive(Clone, Copy)]
pub struct Tools {
    /// An engine that runs lines as parts of a script.
    pub engine: fn(&Script, &Limits) -> Engine,
    /// An engine that only reads them.
    pub bare: fn() -> Engine,
    /// The reference.
    pub entries: fn() -> Result<Vec<Entry>>,
    /// The names in it.
    pub names: fn() -> BTreeSet<String>,
    /// What the language has by itself.
    pub language: fn() -> Vec<Entry>,
}
