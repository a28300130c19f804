//! The clouds and the keys that each has. A new cloud is one line here.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::bake::{self, Bake};
use super::hosts::Host;
use super::images::Images;
use super::limits::Limits;
use super::manifest::{self, Manifest};
use super::matrix::Matrix;
use super::misfit::Misfit;
use super::publish::{self, Dictionary, OnPublished, Publish, PullRequest};
use super::settings::{Common, Ssh};
use super::{
    ci_image, decode, ec2, fake, gce, hosts, local, misfit, openstack, rackspace, regions,
};

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

/// Settings that are replaced as a whole: half of one base image's query means nothing in another's.
pub const WHOLE: &[&str] = &["base"];

/// The top level of the document.
pub const SECTIONS: &[&str] = &[
    "defaults",
    "ssh",
    "limits",
    "images",
    bake::KEY,
    "matrix",
    manifest::KEY,
    publish::KEY,
    "clouds",
    ci_image::KEY,
    ci_image::PROFILES,
    hosts::KEY,
    VARS,
    CUSTOM,
];

/// The section of the user's own values, and the key under `defaults`, a cloud, a region, a distribution or a
/// host.
pub const VARS: &str = "vars";

/// What that section was called when it could stand at the top only.
pub const CUSTOM: &str = "custom";

pub fn cloud(name: &str) -> Option<&'static CloudSchema> {
    CLOUDS.iter().find(|cloud| cloud.name == name)
}

pub fn cloud_names() -> impl Iterator<Item = &'static str> {
    CLOUDS.iter().map(|cloud| cloud.name)
}

/// The keys that every cloud has.
pub fn common_fields() -> &'static [&'static str] {
    misfit::fields::<Common>()
}

/// Whether a key is a setting of some cloud or a part of the structure, whose value is shown with an
/// error.
pub fn is_setting(key: &str) -> bool {
    const STRUCTURE: [&str; 5] = ["cloud", "region", "distribution", "regions", "distributions"];
    SECTIONS.contains(&key)
        || STRUCTURE.contains(&key)
        || cloud(key).is_some()
        || common_fields().contains(&key)
        || ci_image::is_setting(key)
        || misfit::fields::<Ssh>().contains(&key)
        || misfit::fields::<Host>().contains(&key)
        || misfit::fields::<Limits>().contains(&key)
        || misfit::fields::<Bake>().contains(&key)
        || misfit::fields::<Images>().contains(&key)
        || misfit::fields::<Matrix>().contains(&key)
        || misfit::fields::<Manifest>().contains(&key)
        || is_of_publish(key)
        || CLOUDS.iter().any(|cloud| (cloud.fields)().contains(&key))
}

fn is_of_publish(key: &str) -> bool {
    [
        misfit::fields::<Publish>(),
        misfit::fields::<Dictionary>(),
        misfit::fields::<PullRequest>(),
        misfit::fields::<OnPublished>(),
    ]
    .iter()
    // Its value is a secret.
    .any(|fields| fields.contains(&key) && key != "secret" && key != "webhook")
}
