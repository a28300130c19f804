//! The Rhai host: it runs tasks and scripts, and gives them the namespaces of `api/`.

pub mod api;
mod arguments;
pub mod check;
mod closures;
mod compile;
mod debugging;
mod declaration;
pub mod declared;
pub mod difference;
pub mod docs;
pub mod editor;
pub mod engine;
pub mod errors;
mod former;
mod glob;
mod imports;
pub mod kind;
pub mod parameters;
mod paths;
pub mod program;
mod reads;
pub mod repl;
mod resolver;
pub mod runner;
pub mod running;
pub mod shipped;
pub mod sources;
pub mod step_names;
mod steps;
pub mod task;
pub mod trees;
mod unknown;

pub use arguments::Arguments;
pub use task::Task;
