//! The settings of `cloud: ec2`, after the layers of `config.yaml` are merged.

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

use super::duration::{optional, required};
use super::one_or_more::OneOrMore;

/// The keys of `clouds.ec2` that only this cloud has. Credentials come from the AWS SDK's own chain, and
/// so does the region unless config.yaml or the command line sets it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The address of EC2 in this region, not of STS, SSM or other regions. None: `AWS_ENDPOINT_URL_EC2`,
    /// else `AWS_ENDPOINT_URL`, else the vendor's.
    #[serde(deserialize_with = "super::values::optional_url")]
    pub endpoint: Option<String>,
    /// A profile of `~/.aws/config`. None: `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// Instance types in order of preference: the next one is used when EC2 has no capacity.
    pub instance_type: OneOrMore,
    pub disk: Disk,
    /// Subnets of one VPC, in order of preference: the next one is used when EC2 has no capacity in the zone of
    /// the first. Empty: a default subnet of the default VPC.
    pub subnet: OneOrMore,
    /// None: as the subnet assigns; SSH uses the public address if there is one.
    pub address: Option<Address>,
    /// Ids or names. Empty: a temporary group, open to `ssh_from` on port 22 only.
    pub security_groups: OneOrMore,
    /// `auto` (the public address of this machine) or ranges of addresses.
    #[serde(deserialize_with = "super::values::ranges")]
    pub ssh_from: OneOrMore,
    /// The name or ARN of an IAM instance profile, whose role programs on the instance have. None: no role.
    pub instance_profile: Option<String>,
    /// A URL that returns the caller's public address, for `ssh_from: auto`.
    #[serde(deserialize_with = "super::values::url")]
    pub public_address_url: String,
    pub metadata_tokens: MetadataTokens,
    /// None: on demand.
    pub spot: Option<Spot>,
    /// Whether an instance that shuts itself down is stopped or terminated.
    pub shutdown: Shutdown,
    /// The instance terminates itself after this time, even if imgctl is gone. None: it runs until it
    /// is destroyed.
    #[serde(deserialize_with = "optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub self_destruct: Option<Duration>,
    pub base: Option<Base>,
    /// Whether `create_image` leaves the instance running.
    pub no_reboot: bool,
    /// For an instance to run.
    #[serde(deserialize_with = "required")]
    #[schemars(with = "super::forms::Time")]
    pub start_timeout: Duration,
    /// For an instance to be stopped or terminated, and for its resources to be removed.
    #[serde(deserialize_with = "required")]
    #[schemars(with = "super::forms::Time")]
    pub stop_timeout: Duration,
    /// For an image or a copy to be available.
    #[serde(deserialize_with = "required")]
    #[schemars(with = "super::forms::Time")]
    pub image_timeout: Duration,
    /// How long EC2's servers may disagree on what exists. AWS says up to five minutes, and that most
    /// changes show within seconds:
    /// <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
    #[serde(deserialize_with = "required")]
    #[schemars(with = "super::forms::Time")]
    pub settle_timeout: Duration,
    /// The longest time between two requests of a wait.
    #[serde(deserialize_with = "required")]
    #[schemars(with = "super::forms::Time")]
    pub poll_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            endpoint: None,
            profile: None,
            instance_type: OneOrMore::from([
                "t3.medium",
                "t3a.medium",
                "c7i-flex.large",
                "t3.small",
            ]),
            disk: Disk::default(),
            subnet: OneOrMore::default(),
            address: None,
            security_groups: OneOrMore::default(),
            ssh_from: OneOrMore::from(["auto"]),
            instance_profile: None,
            public_address_url: "https://checkip.amazonaws.com".to_owned(),
            metadata_tokens: MetadataTokens::Required,
            spot: None,
            shutdown: Shutdown::Stop,
            self_destruct: None,
            base: None,
            no_reboot: false,
            start_timeout: Duration::from_secs(10 * 60),
            stop_timeout: Duration::from_secs(10 * 60),
            image_timeout: Duration::from_secs(60 * 60),
            settle_timeout: Duration::from_secs(2 * 60),
            poll_every: Duration::from_secs(5),
        }
    }
}

/// The root volume.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// None: the image's root device.
    pub device: Option<String>,
    /// Rounded up to whole GiB. None: as large as the image's.
    #[serde(deserialize_with = "super::sizes::optional")]
    #[schemars(with = "Option<super::forms::Size>")]
    pub size: Option<ByteSize>,
    /// `gp3`, `io2`…
    #[serde(rename = "type")]
    pub kind: String,
    /// None: as the image is, or the account's default.
    pub encrypted: Option<bool>,
    /// The id, alias or ARN of a KMS key; implies `encrypted`.
    pub encryption_key: Option<String>,
    #[serde(deserialize_with = "super::values::positive")]
    #[schemars(with = "Option<super::forms::Positive>")]
    pub iops: Option<i32>,
    /// MiB per second.
    #[serde(deserialize_with = "super::values::positive")]
    #[schemars(with = "Option<super::forms::Positive>")]
    pub throughput: Option<i32>,
}

impl Default for Disk {
    fn default() -> Self {
        Disk {
            device: None,
            size: None,
            kind: "gp3".to_owned(),
            encrypted: None,
            encryption_key: None,
            iops: None,
            throughput: None,
        }
    }
}

/// The kind of address that an instance gets and SSH uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    Public,
    Private,
}

/// Whether the metadata service of the instance requires a token (IMDSv2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetadataTokens {
    Required,
    /// For systems whose cloud-init is older than 19.4 and does not support tokens.
    Optional,
}

/// What EC2 does when an instance shuts itself down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shutdown {
    Stop,
    Terminate,
}

/// Spare capacity, which EC2 may reclaim at any time.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Spot {
    /// US dollars per hour, as text: `"0.05"`. None: the on-demand price.
    #[serde(deserialize_with = "super::values::price")]
    pub max_price: Option<String>,
}

/// Where the base image comes from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "BaseKeys")]
#[schemars(with = "BaseKeys")]
pub enum Base {
    /// `ami-0123…`
    Id(String),
    /// The newest image of these owners whose name matches.
    Query(Query),
    /// A public parameter of Systems Manager whose value is the id.
    Parameter(String),
}

/// Which images can be the base image.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Account ids, or `self`, `amazon`, `aws-marketplace`.
    pub owners: Vec<String>,
    /// A pattern with `*` and `?`.
    pub name: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Whether deprecated images match, too. EC2 deprecates every public image after two years.
    pub deprecated: bool,
}

/// The keys of `base:` as written.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BaseKeys {
    /// `ami-0123…`
    id: Option<String>,
    /// The account id of the vendor, or `self`, `amazon`, `aws-marketplace`.
    owner: OneOrMore,
    /// Several of them.
    owners: OneOrMore,
    /// A pattern with `*` and `?`; the newest image that matches. Needs `owner`.
    name: Option<String>,
    /// `x86_64` or `arm64`.
    architecture: Option<String>,
    /// Whether deprecated images match, too. EC2 deprecates every public image after two years.
    deprecated: Option<bool>,
    /// A public parameter of Systems Manager whose value is the id.
    ssm: Option<String>,
}

impl TryFrom<BaseKeys> for Base {
    type Error = String;

    fn try_from(keys: BaseKeys) -> Result<Self, String> {
        let owners = [keys.owner.0, keys.owners.0].concat();
        let no_query = owners.is_empty()
            && keys.name.is_none()
            && keys.architecture.is_none()
            && keys.deprecated.is_none();
        match keys {
            BaseKeys { id: Some(id), ssm: None, .. } if no_query => Ok(Base::Id(id)),
            BaseKeys { ssm: Some(name), id: None, .. } if no_query => Ok(Base::Parameter(name)),
            BaseKeys {
                name: Some(name), id: None, ssm: None, architecture, deprecated, ..
            } => {
                if owners.is_empty() {
                    // Anyone can publish an image of any name.
                    return Err("`name` needs `owner`, the account id of the vendor".to_owned());
                }
                let architecture = architecture.unwrap_or_else(|| "x86_64".to_owned());
                let deprecated = deprecated.unwrap_or(false);
                Ok(Base::Query(Query { owners, name, architecture, deprecated }))
            }
            _ => Err("`base` takes `id`, or `ssm`, or `owner` with `name`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        let value = crate::config::yaml::value(text).map_err(|problem| problem.message)?;
        crate::config::decode::decode(&value).map_err(|misfit| misfit.to_string())
    }

    #[test]
    fn every_setting_has_a_default() {
        assert_eq!(read("{}").unwrap(), Settings::default());
    }

    #[test]
    fn a_single_word_is_a_list_of_one() {
        let settings = read("{instance_type: c7i.large, ssh_from: [10.0.0.0/8]}").unwrap();
        assert_eq!(settings.instance_type, OneOrMore::from(["c7i.large"]));
        assert_eq!(settings.ssh_from, OneOrMore::from(["10.0.0.0/8"]));
    }

    #[test]
    fn a_base_has_exactly_one_form() {
        let base = |text: &str| read(&format!("base: {text}")).map(|settings| settings.base);
        assert_eq!(base("{id: ami-1}"), Ok(Some(Base::Id("ami-1".into()))));
        let Ok(Some(Base::Query(query))) = base("{owner: '099720109477', name: 'ubuntu/*'}") else {
            panic!("not a query");
        };
        assert_eq!(
            (query.owners, query.architecture),
            (vec!["099720109477".into()], "x86_64".into())
        );
        assert!(base("{name: 'ubuntu/*'}").unwrap_err().contains("needs `owner`"));
        assert!(base("{id: ami-1, ssm: /aws/service/x}").unwrap_err().contains("`base` takes"));
        assert!(base("{id: ami-1, name: x}").unwrap_err().contains("`base` takes"));
    }
}
