//! The cloud `ec2` against an emulator of EC2's protocol that takes its time, forgets, refuses and
//! loses replies: what moto's server cannot show.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "support/guest.rs"]
mod guest;
