//! The cloud `ec2`: the real binary and its shipped tasks against moto's server, with guests to log
//! in to.

#![cfg(feature = "ec2")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/echo.rs"]
mod echo;
#[path = "support/guest.rs"]
mod guest;
#[path = "support/moto.rs"]
mod moto;

#[path = "ec2/ask.rs"]
mod ask;
#[path = "ec2/world.rs"]
mod world;

#[path = "ec2/chain.rs"]
mod chain;
#[path = "ec2/channel.rs"]
mod channel;
#[path = "ec2/errors.rs"]
mod errors;
#[path = "ec2/images.rs"]
mod images;
