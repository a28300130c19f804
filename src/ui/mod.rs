//! What the user sees: lines, bars, JSON, questions. Everything shown passes through the redactor.

mod activity;
mod ask;
mod bars;
mod cell;
mod clean;
mod command;
mod event;
mod event_stream;
mod human;
mod image;
mod interface;
mod json;
mod options;
mod packages;
mod printer;
mod questions;
mod redact;
pub mod reports;
mod screen;
mod snippet;
mod spans;
mod status;
mod table;
mod terminal;
mod whereabouts;

pub use cell::{Beside, Seen};
pub use command::{Begun, Running};
pub use event::{CheckResult, Subject};
pub use human::duration;
pub use image::{BaseImage, CopySource, Image};
pub use interface::{Check, Ui};
pub use options::Options;
pub use packages::PackageChanges;
pub use redact::Secrets;
pub use status::Status;
pub use terminal::{Streams, Terminal};
