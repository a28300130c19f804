//! The SSH module against a real OpenSSH server.

#[path = "support/sshd.rs"]
mod sshd;

#[path = "ssh/command.rs"]
mod command;
#[path = "ssh/world.rs"]
mod world;
