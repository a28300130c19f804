//! The console: lines of a script, one after the other, each with its value. `imgctl repl` opens it, and
//! `breakpoint()` in a script, there with the script's variables.

pub mod alone;
pub mod breakpoint;
mod commands;
mod complete;
mod conversation;
mod cursor;
mod edited;
mod evaluate;
mod input;
mod look;
mod open_text;
mod shown;
mod tools;
mod undo;
mod words;

pub use tools::Tools;
