//! YAML text to JSON values and the place of each, in one walk over the parser's events.

mod compose;
mod excerpt;
mod lines;
mod marks;
mod merge;
pub mod outline;
mod problem;
mod rules;
mod scalar;
#[cfg(test)]
mod tests;

pub use compose::{compose, value};
pub use excerpt::{excerpt, may_be_secret};
pub use lines::Lines;
pub use marks::{Document, Mark};
pub use problem::Problem;
pub use rules::Rules;
