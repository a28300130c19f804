//! What users type, configure, write and leave behind that is wrong: nothing panics, hangs or changes
//! anything, and each message says what is wrong, where, and what to do. The inputs are in tables, one
//! a line.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "bad_input/calls.rs"]
mod calls;
#[path = "bad_input/clouds.rs"]
mod clouds;
#[path = "bad_input/configuration.rs"]
mod configuration;
#[path = "bad_input/credentials.rs"]
mod credentials;
#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/odd_files.rs"]
mod odd_files;
#[path = "bad_input/outputs.rs"]
mod outputs;
#[path = "bad_input/scripts.rs"]
mod scripts;
#[path = "bad_input/table.rs"]
mod table;
#[path = "bad_input/words.rs"]
mod words;
