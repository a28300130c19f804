//! Containers of the local cloud: the same instance as a virtual machine to all above, and nothing
//! left of it whatever is killed. As root only.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "local/bed.rs"]
#[allow(dead_code, reason = "the tests of virtual machines use the rest")]
mod bed;
#[path = "local/container_kills.rs"]
mod kills;
#[path = "local/leftovers.rs"]
mod leftovers;
#[path = "local/container_life.rs"]
mod life;
#[path = "local/container_limits.rs"]
mod limits;
#[path = "local/container_network.rs"]
mod network;
#[path = "support/ran.rs"]
mod ran;
#[path = "rounds/settings.rs"]
#[allow(dead_code, reason = "rounds on emulated clouds use the rest")]
mod settings;
#[path = "local/container_vendor.rs"]
mod vendor;
