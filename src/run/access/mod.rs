//! The way to an instance.

mod boot;
mod console;
pub mod facts;
pub mod ready;
pub mod target;
mod tunnel;
pub mod unreachable;

#[cfg(test)]
#[path = "../../../tests/fuzz/facts.rs"]
mod fuzz;
