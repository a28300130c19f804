//! The cloud `gce`: the real binary and its shipped tasks against a fake of the API that checks every
//! call against Google's own description, with guests that accept logins.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "support/gce_server.rs"]
mod gce_server;
#[path = "support/guest.rs"]
mod guest;

#[path = "gce/bases.rs"]
mod bases;
#[path = "gce/chain.rs"]
mod chain;
#[path = "gce/credentials.rs"]
mod credentials;
#[path = "gce/errors.rs"]
mod errors;
#[path = "gce/federation.rs"]
mod federation;
#[path = "gce/gcloud.rs"]
mod gcloud;
#[path = "gce/images.rs"]
mod images;
#[path = "gce/instances.rs"]
mod instances;
#[path = "gce/keys.rs"]
mod keys;
#[path = "gce/killed.rs"]
mod killed;
#[path = "gce/late.rs"]
mod late;
#[path = "gce/policies.rs"]
mod policies;
#[path = "gce/projects.rs"]
mod projects;
#[path = "gce/server.rs"]
mod server;
#[path = "gce/settings.rs"]
mod settings;
#[path = "gce/waits.rs"]
mod waits;
#[path = "gce/zones.rs"]
mod zones;
