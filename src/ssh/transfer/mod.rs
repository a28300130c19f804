//! Files and folders, copied there and back.

mod compare;
mod contents;
mod entries;
mod fetch;
mod file;
mod paths;
mod progress;
mod script;
mod tree;
mod unpack;

pub(super) use compare::compare;
pub(super) use fetch::get;
pub(super) use file::{put, read, write};

#[cfg(test)]
#[path = "../../../tests/fuzz/transfer.rs"]
mod fuzz;
