//! SSH as it is set up on users' machines: configuration, agents, keys and known hosts, by the real
//! binary against OpenSSH's server.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "surroundings/agents.rs"]
mod agents;
#[path = "surroundings/home.rs"]
mod home;
#[path = "surroundings/keys.rs"]
mod keys;
#[path = "surroundings/known_hosts.rs"]
mod known_hosts;
#[path = "surroundings/names.rs"]
mod names;
#[path = "surroundings/options.rs"]
mod options;
#[path = "surroundings/proxy.rs"]
mod proxy;
#[path = "support/ran.rs"]
mod ran;
#[path = "surroundings/revoked.rs"]
mod revoked;
#[path = "support/sshd.rs"]
mod sshd;
#[path = "surroundings/way.rs"]
mod way;
