//! Who proves what to whom: login keys, host keys, and where those are pinned.

pub mod host_key;
pub mod login;
pub mod pins;
