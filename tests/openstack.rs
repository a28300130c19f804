//! The cloud `openstack`: the real binary and its shipped tasks against an emulator that follows the
//! API references, with guests that accept logins.

#![cfg(feature = "openstack")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/guest.rs"]
mod guest;
#[path = "support/openstack_server/mod.rs"]
mod openstack_server;

#[path = "openstack/world.rs"]
mod world;

#[path = "openstack/base_images.rs"]
mod base_images;
#[path = "openstack/chain.rs"]
mod chain;
#[path = "openstack/crashes.rs"]
mod crashes;
#[path = "openstack/identity.rs"]
mod identity;
#[path = "openstack/images.rs"]
mod images;
#[path = "openstack/network.rs"]
mod network;
#[path = "openstack/once.rs"]
mod once;
#[path = "openstack/refusals.rs"]
mod refusals;
#[path = "openstack/volumes.rs"]
mod volumes;
