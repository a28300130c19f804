//! Servers that hang, lie and flood, and what a user is told then.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/ran.rs"]
mod ran;
#[path = "hostile_ssh/server.rs"]
mod server;
#[path = "support/sshd.rs"]
mod sshd;
#[path = "hostile_ssh/wire.rs"]
mod wire;

#[path = "hostile_ssh/client.rs"]
mod client;
#[path = "hostile_ssh/faults.rs"]
mod faults;
#[path = "hostile_ssh/keep_alive.rs"]
mod keep_alive;
#[path = "hostile_ssh/login_shells.rs"]
mod login_shells;
#[path = "hostile_ssh/sizes.rs"]
mod sizes;
#[path = "hostile_ssh/trees.rs"]
mod trees;
