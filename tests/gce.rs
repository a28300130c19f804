//! The cloud `gce`: the real binary and its shipped tasks against a fake of the API that checks every
//! call by Google's own description, with guests that are logged in to.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/gce_server.rs"]
mod gce_server;
#[path = "support/guest.rs"]
mod guest;

#[path = "gce/chain.rs"]
mod chain;
