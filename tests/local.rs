//! The local cloud, with real virtual machines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "local/bases.rs"]
mod bases;
#[path = "local/bed.rs"]
#[allow(dead_code, reason = "the tests of containers use the rest")]
mod bed;
#[path = "local/guests.rs"]
mod guests;
#[path = "local/images.rs"]
mod images;
#[path = "local/instances.rs"]
mod instances;
