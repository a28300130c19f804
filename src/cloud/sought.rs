//! What files and variables tell of a cloud's credentials, before anybody is asked.

/// Whether there are credentials. Nothing here holds one: only where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    NotNeeded,
    /// Their source, in words.
    Found(String),
    /// Why there are none, or what would be tried then.
    Missing(String),
}
