//! The Rhai host: it runs tasks and scripts, and gives them the namespaces of `api/`.

pub mod api;
mod arguments;
pub mod check;
pub mod context;
pub mod engine;
pub mod errors;
mod ledger;
mod resolver;
pub mod shipped;
mod steps;
pub mod task;
mod trust;

pub use arguments::Arguments;
pub use context::{Context, Options, Words};
pub use task::Task;
