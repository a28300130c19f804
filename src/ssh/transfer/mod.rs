//! Files and folders, copied there and back.

mod fetch;
mod file;
mod paths;
mod progress;
mod script;
mod tree;
mod unpack;

pub(super) use fetch::get;
pub(super) use file::{put, read, write};
