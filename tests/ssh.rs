//! The SSH module against a real OpenSSH server.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/sshd.rs"]
mod sshd;

#[path = "ssh/command.rs"]
mod command;
#[path = "ssh/compare.rs"]
mod compare;
#[path = "ssh/connection.rs"]
mod connection;
#[path = "ssh/files.rs"]
mod files;
#[path = "ssh/jumps.rs"]
mod jumps;
#[path = "ssh/limits.rs"]
mod limits;
#[path = "ssh/login.rs"]
mod login;
#[path = "ssh/shell.rs"]
mod shell;
#[path = "ssh/world.rs"]
mod world;
