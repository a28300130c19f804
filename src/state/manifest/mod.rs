//! `images.json`: every image that was made, in one file for all clouds, regions and machines.

mod apart;
mod document;
mod file;
mod form;
mod offers;

pub use document::{Base, Entry, Identity, Manifest, Place, Proof, VERSION};
pub use file::{change, read, resolve};
pub use offers::{Promotion, Shared};
