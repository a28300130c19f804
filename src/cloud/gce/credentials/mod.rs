//! Who imgctl is to Google: finding credentials, and getting tokens for them.

mod aws;
mod aws_metadata;
mod chain;
mod environment;
mod exchange;
mod executable;
mod external_account;
mod file;
mod gcloud;
mod gcloud_token;
mod impersonation;
mod kind;
mod metadata;
mod program;
mod service_account;
mod subject;
mod user;

pub use self::chain::Credentials;
pub use self::environment::READ;
pub use self::exchange::bearer;

#[cfg(test)]
#[path = "../../../../tests/fuzz/gce.rs"]
mod fuzz;
