//! The compute service: servers, flavors, key pairs.

pub mod addresses;
mod console;
mod flavors;
pub mod key_pairs;
pub mod nova;
pub mod servers;
mod version;
mod zones;
