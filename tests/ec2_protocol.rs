//! The cloud `ec2` against an emulator of EC2's protocol with delays, eventual consistency, refusals and
//! lost replies, which moto's server does not have.

#![cfg(feature = "ec2")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/ec2_server/mod.rs"]
mod ec2_server;
#[path = "support/guest.rs"]
mod guest;

#[path = "ec2/world.rs"]
mod world;

#[path = "ec2/crashes.rs"]
mod crashes;
#[path = "ec2/credentials.rs"]
mod credentials;
#[path = "ec2/endpoints.rs"]
mod endpoints;
#[path = "ec2/fleet.rs"]
mod fleet;
#[path = "ec2/launches.rs"]
mod launches;
#[path = "ec2/refusals.rs"]
mod refusals;
#[path = "support/tls.rs"]
mod tls;
#[path = "ec2/trust.rs"]
mod trust;

#[path = "ec2/settling.rs"]
mod settling;
#[path = "ec2/waits.rs"]
mod waits;
