//! `imgctl __complete INDEX WORD…`: what the word at the cursor may become, for the scripts that
//! `imgctl completions` prints.
//!
//! It reads files of the project and nothing else: it asks no cloud, takes no lock and says nothing of what is
//! wrong there.

mod answer;
mod candidate;
mod known;
mod line;
mod options;
mod scripts;
mod words;

pub use answer::answered;
pub use scripts::script;
