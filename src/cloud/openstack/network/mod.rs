//! The network service: networks, security groups, floating addresses.

pub mod floating;
mod list;
pub mod networks;
pub mod own_address;
pub mod security_groups;
