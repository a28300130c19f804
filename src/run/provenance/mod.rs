//! Where an image comes from: an in-toto statement with SLSA's provenance, and its signature.

mod agent;
mod sign;
mod statement;

pub use sign::{check, sign};
pub use statement::{Product, Text, statement};
