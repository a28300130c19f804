//! `.state.json`: what exists in the cloud and which steps are done; it survives crashes.

mod document;
mod file;
mod holder;
mod home;
mod kind;
mod lock;
pub mod manifest;
pub mod owner;
mod progress;
mod store;

pub use document::{
    Document, ImageRecord, InputKind, InputRecord, InstanceRecord, KeyRecord, ResourceRecord,
    SecretParts, StepRecord, VERSION,
};
pub use holder::Holder;
pub use home::folder as home;
pub use kind::Kind;
pub use lock::Lock;
pub use progress::Progress;
pub use store::Store;

#[cfg(test)]
#[path = "../../tests/fuzz/state.rs"]
mod fuzz;
