//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod activity;
mod ask;
mod bars;
mod cell;
mod clean;
mod command;
mod detail;
mod event;
mod exchange;
mod human;
mod interface;
mod json;
mod log_file;
mod options;
mod plan;
mod printer;
mod questions;
mod redact;
pub mod reports;
mod screen;
mod snippet;
mod spans;
mod table;
mod tally;
mod terminal;

pub use cell::{Beside, Seen};
pub use command::{Begun, Running};
pub use event::{CheckResult, PackageChanges, Subject};
pub use exchange::Direction;
pub use human::duration;
pub use interface::{Check, Ui};
pub use log_file::LogFile;
pub use options::Options;
pub use redact::Secrets;
pub use terminal::{Streams, Terminal};
