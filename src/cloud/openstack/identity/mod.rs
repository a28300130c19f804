//! Who logs in: credentials, and the tokens and catalogues that are got with them.

pub mod clouds_yaml;
pub mod credentials;
mod entry;
pub mod facts;
mod keys;
pub mod keystone;
mod merge;
pub mod session;
pub mod tls;
mod variables;

#[cfg(test)]
#[path = "../../../../tests/fuzz/clouds_yaml.rs"]
mod fuzz;
