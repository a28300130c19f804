//! Where an image comes from: an in-toto statement with SLSA's provenance, and its signature.

mod sign;
mod statement;

pub use sign::{NAMESPACE, check, sign};
pub use statement::{Product, Text, statement};
