//! The Rhai host: it runs tasks and scripts, and gives them the namespaces of `api/`.

pub mod api;
mod arguments;
pub mod check;
mod console;
pub mod context;
pub mod docs;
mod ended;
pub mod engine;
pub mod errors;
mod facts;
mod host_key;
mod images;
pub mod instances;
mod ledger;
mod login;
mod pins;
mod power;
mod project;
mod publish;
mod reach;
mod resolver;
pub mod runner;
mod sealed;
pub mod shipped;
mod steps;
pub mod task;
pub mod trust;
mod tunnel;
mod user_data;

pub use arguments::Arguments;
pub use context::{Backends, Context, Options, Words};
pub use task::Task;
