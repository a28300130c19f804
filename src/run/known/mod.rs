//! What the state file says, and what it means.

pub mod ended;
pub mod instances;
pub mod kernel;
pub mod project;
pub mod sealed;
pub mod trust;
