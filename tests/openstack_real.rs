//! The cloud `openstack` against a real one: keystone, glance, placement, neutron, nova with its
//! fake hypervisor, and cinder with a driver that keeps its volumes as files. `make test-openstack` starts them and runs these tests; elsewhere they are ignored.
//!
//! All tests share one cloud and begin and end with empty projects, so they run one at a time.

#![cfg(feature = "openstack")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/guest.rs"]
mod guest;

#[path = "openstack_real/administrator.rs"]
mod administrator;
#[path = "openstack_real/world.rs"]
mod world;

#[path = "openstack_real/chain.rs"]
mod chain;
#[path = "openstack_real/crashes.rs"]
mod crashes;
#[path = "openstack_real/identity.rs"]
mod identity;
#[path = "openstack_real/images.rs"]
mod images;
#[path = "openstack_real/network.rs"]
mod network;
#[path = "openstack_real/refusals.rs"]
mod refusals;
#[path = "openstack_real/volume_faults.rs"]
mod volume_faults;
#[path = "openstack_real/volumes.rs"]
mod volumes;
