//! The clouds and the keys that each has. A new cloud is one line here.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::misfit::Misfit;
use super::{decode, ec2, fake, gce, local, misfit, openstack, rackspace, regions};

/// One cloud's part of the configuration. Its settings struct must accept a document that gives
/// any one key alone (`#[serde(default)]`, `deny_unknown_fields`, no untagged enums): every level
/// gives only some of the keys.
pub struct CloudSchema {
    pub name: &'static str,
    /// False: the cloud has no regions, and `regions:` is a mistake.
    pub regions: bool,
    /// Whether a region's name has the form of this cloud's.
    pub region_form: fn(&str) -> bool,
    /// True: a distribution need not be listed to be used.
    pub any_distribution: bool,
    /// The profile of the CI image, unless one is chosen.
    pub profile: &'static str,
    /// Settings of `ssh` that have another default here.
    pub ssh: &'static [(&'static str, &'static str)],
    /// The keys of the settings struct.
    pub fields: fn() -> &'static [&'static str],
    /// The settings as JSON Schema.
    pub describe: fn(&mut SchemaGenerator) -> Schema,
    /// Whether a value with variables in it could be (part of) the settings.
    pub check: fn(&Value) -> Result<(), Misfit>,
    /// Whether a value without variables is the settings.
    pub decode: fn(&Value) -> Result<(), Misfit>,
}

impl CloudSchema {
    const fn of<T: DeserializeOwned + JsonSchema>(name: &'static str) -> Self {
        CloudSchema {
            name,
            regions: true,
            region_form: |_| true,
            any_distribution: false,
            profile: "full",
            ssh: &[],
            fields: misfit::fields::<T>,
            describe: |generator| generator.subschema_for::<T>(),
            check: decode::check::<T>,
            decode: |value| decode::decode::<T>(value).map(drop),
        }
    }
}

pub static CLOUDS: &[CloudSchema] = &[
    CloudSchema { regions: false, profile: "small", ..CloudSchema::of::<local::Settings>("local") },
    CloudSchema { region_form: regions::is_of_ec2, ..CloudSchema::of::<ec2::Settings>("ec2") },
    CloudSchema::of::<openstack::Settings>("openstack"),
    CloudSchema {
        region_form: regions::is_of_rackspace,
        ..CloudSchema::of::<rackspace::Settings>("rackspace")
    },
    // Few of its images have cloud-init; the host key is read from the console.
    CloudSchema {
        ssh: &[("host_key", "console")],
        region_form: regions::is_of_gce,
        ..CloudSchema::of::<gce::Settings>("gce")
    },
    CloudSchema {
        any_distribution: true,
        profile: "small",
        ..CloudSchema::of::<fake::Settings>("fake")
    },
];

pub fn cloud(name: &str) -> Option<&'static CloudSchema> {
    CLOUDS.iter().find(|cloud| cloud.name == name)
}

pub fn cloud_names() -> impl Iterator<Item = &'static str> {
    CLOUDS.iter().map(|cloud| cloud.name)
}
