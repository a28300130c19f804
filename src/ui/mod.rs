//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod activity;
mod ask;
mod bars;
mod cell;
mod clean;
mod event;
mod human;
mod interface;
mod json;
mod options;
mod printer;
mod questions;
mod redact;
mod screen;
mod snippet;
mod table;
mod terminal;

pub use cell::{Beside, Seen};
pub use human::duration;
pub use interface::Ui;
pub use options::Options;
pub use redact::Secrets;
pub use terminal::{Streams, Terminal};
