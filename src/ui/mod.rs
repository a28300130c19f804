//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod activity;
mod ask;
mod bars;
mod cell;
mod clean;
mod command;
mod event;
mod human;
mod interface;
mod json;
mod options;
mod printer;
mod questions;
mod redact;
pub mod reports;
mod screen;
mod snippet;
mod spans;
mod table;
mod terminal;

pub use cell::{Beside, Seen};
pub use command::{Begun, Running};
pub use event::{CheckResult, PackageChanges, Subject};
pub use human::duration;
pub use interface::{Check, Ui};
pub use options::Options;
pub use redact::Secrets;
pub use terminal::{Streams, Terminal};
