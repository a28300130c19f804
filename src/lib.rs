//! imgctl bakes machine images for CI agents. The library holds the mechanisms; scripts hold the policy.
//!
//! ARCHITECTURE.md says which module may import which, and why.

pub mod cli;
pub mod cloud;
pub mod config;
pub mod dictionary;
pub mod error;
pub mod json;
pub mod place;
pub mod process;
pub mod read;
#[cfg(feature = "fake")]
pub mod rehearsal;
pub mod report;
pub mod run;
pub mod said;
pub mod script;
pub mod ssh;
pub mod state;
pub mod ui;

pub use error::{Code, Error, Result};
pub use place::Place;

#[cfg(test)]
#[path = "../tests/fuzz/runner.rs"]
mod fuzz;
