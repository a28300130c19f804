//! `config.yaml`: layers, environment variables, the known keys.

mod access;
mod bake;
mod bounds;
mod check;
mod choose;
mod ci_image;
mod ci_image_values;
mod combine;
mod configuration;
mod decode;
mod decoder;
mod duration;
pub mod ec2;
mod expand;
pub mod fake;
pub mod fake_host;
mod forms;
pub mod gce;
pub mod gcloud;
pub mod hosts;
pub mod images;
mod inventory;
pub mod json_schema;
mod leaves;
mod limits;
mod load;
pub mod local;
mod manifest;
pub mod matrix;
mod merge;
pub mod misfit;
pub mod missing;
mod mistake;
mod one_or_more;
pub mod openstack;
mod origin;
mod own_tasks;
mod path;
mod profile;
mod publish;
pub mod rackspace;
mod regions;
mod schema;
mod select;
mod settings;
mod shape;
mod sizes;
mod source;
pub mod switch;
mod values;
mod variables;
mod vars;
pub mod yaml;

pub use combine::Lists;
pub use configuration::Config;
pub use inventory::Named;
pub use limits::Limits;
pub use load::{Given, USUAL};
pub use select::Selection;
pub use settings::{Common, HostKeySource, Ssh};
pub use variables::Variable;
pub use vars::secrets_in;

#[cfg(test)]
#[path = "../../tests/fuzz/config.rs"]
mod fuzz;
