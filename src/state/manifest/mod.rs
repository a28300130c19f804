//! `images.json`: every image that was made, in one file for all clouds, regions and machines.

mod document;
mod file;

pub use document::{Base, Entry, Identity, Manifest, Place, Promotion, Proof, Shared, VERSION};
pub use file::{change, read, resolve};
