//! The settings of `cloud: openstack`, after the layers of `config.yaml` are merged.

use bytesize::ByteSize;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::one_or_more::OneOrMore;
use super::switch::Switch;

/// The keys under `clouds.openstack` that only this cloud has. Credentials are not among them: they are
/// read from clouds.yaml and the `OS_*` variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The entry of clouds.yaml. None: `OS_CLOUD`, else the `OS_*` variables, else the only entry.
    pub cloud: Option<String>,
    /// Which of the catalogue's endpoints to use. None: the interface of the entry of clouds.yaml, without
    /// an entry `OS_INTERFACE`, else public.
    pub interface: Option<Interface>,
    /// Id or name.
    pub flavor: Option<String>,
    pub base: Option<Base>,
    /// Ids or names. Empty: the only network.
    pub networks: OneOrMore,
    /// Ids or names. Empty: a temporary group that allows SSH from `ssh_from`.
    pub security_groups: OneOrMore,
    /// Who may reach port 22 through the temporary security group: ranges of addresses, `auto` (the
    /// address that this computer reaches the cloud from) or `none` (no temporary group).
    #[serde(deserialize_with = "super::values::ranges_or_none")]
    pub ssh_from: OneOrMore,
    /// A URL that answers with the caller's public address, for `ssh_from: auto` behind a router.
    #[serde(deserialize_with = "super::values::url")]
    pub public_address_url: String,
    /// Give the server a floating address, released with it. None: no, but a server that may be out of
    /// reach without one is reported.
    pub floating_ip: Option<Switch>,
    /// The external network that it comes from, id or name. None: the only external network.
    pub floating_network: Option<String>,
    pub address: Address,
    pub availability_zone: Option<String>,
    /// Provide user data on a small disk, too. None: the cloud's default.
    pub config_drive: Option<bool>,
    /// Boot from a volume created from the image. None: from the flavor's own disk.
    pub boot_volume: Option<BootVolume>,
    /// For a server to run and to have its volume and its addresses.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub start_timeout: SignedDuration,
    /// For a server to stop or to be gone.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub stop_timeout: SignedDuration,
    /// For an image to be written.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub image_timeout: SignedDuration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            cloud: None,
            interface: None,
            flavor: None,
            base: None,
            networks: OneOrMore::default(),
            security_groups: OneOrMore::default(),
            ssh_from: OneOrMore::from(["auto"]),
            public_address_url: "https://checkip.amazonaws.com".to_owned(),
            floating_ip: None,
            floating_network: None,
            address: Address::Auto,
            availability_zone: None,
            config_drive: None,
            boot_volume: None,
            start_timeout: SignedDuration::from_mins(20),
            stop_timeout: SignedDuration::from_mins(10),
            image_timeout: SignedDuration::from_hours(2),
        }
    }
}

/// The kinds of endpoints in a catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    Public,
    Internal,
    Admin,
}

/// Which of a server's addresses SSH connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// The first that the server has of: floating, the one that the cloud names (`accessIPv4`), public IPv4,
    /// public IPv6, fixed.
    Auto,
    Floating,
    PublicV4,
    PublicV6,
    /// The first fixed address, IPv4 before IPv6.
    Fixed,
}

/// A volume to boot from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BootVolume {
    /// Rounded up to whole GiB. None: the size that the image needs.
    #[serde(deserialize_with = "super::sizes::optional")]
    #[schemars(with = "Option<super::forms::Size>")]
    pub size: Option<ByteSize>,
    /// A volume type. None: the cloud's default.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub availability_zone: Option<String>,
}

/// The base image; of several the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BaseKeys", into = "BaseKeys")]
pub struct Base {
    pub what: Wanted,
    /// Only images of this project, by id.
    pub owner: Option<String>,
    /// Only images of this visibility: `public`, `private`, `shared`, `community`.
    pub visibility: Option<String>,
    /// What images report of themselves, for a pattern.
    pub system: System,
}

/// What the operating system of an image has to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct System {
    /// Values of the property `os_distro`. Empty: any.
    pub distros: OneOrMore,
    /// The property `os_version`, or its beginning: `12` is also about `12.8`.
    pub version: Option<String>,
    /// None: the one in the pattern, else x86_64.
    pub architecture: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Id(String),
    /// The whole name.
    Name(String),
    /// A pattern for the name: `*` stands for any text and `?` for any one character; case is ignored.
    Pattern(String),
    /// The image in a channel: `DISTRIBUTION/CHANNEL`.
    Channel(String),
}

/// The keys of `base:` as written.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BaseKeys {
    /// The id of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The whole name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// A pattern for the name: `*` stands for any text and `?` for any one character; case is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    /// The image in a channel: `DISTRIBUTION/CHANNEL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// Only images of this project, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Only images of this visibility: `public`, `private`, `shared`, `community`.
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<String>,
    /// Values of the property `os_distro`, for a pattern. Empty: any.
    #[serde(skip_serializing_if = "is_empty")]
    os_distro: OneOrMore,
    /// The property `os_version`, or its beginning: `12` is also about `12.8`.
    #[serde(skip_serializing_if = "Option::is_none")]
    os_version: Option<String>,
    /// None: the one in the pattern, else x86_64.
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<String>,
}

fn is_empty(list: &OneOrMore) -> bool {
    list.is_empty()
}

impl TryFrom<BaseKeys> for Base {
    type Error = String;

    fn try_from(keys: BaseKeys) -> Result<Self, String> {
        let what = match (keys.id, keys.name, keys.pattern, keys.channel) {
            (Some(id), None, None, None) => Wanted::Id(id),
            (None, Some(name), None, None) => Wanted::Name(name),
            (None, None, Some(pattern), None) => Wanted::Pattern(pattern),
            (None, None, None, Some(channel)) => {
                super::values::channel(&channel)?;
                Wanted::Channel(channel)
            }
            _ => {
                return Err(
                    "`base` must have exactly one of `id`, `name`, `pattern` and `channel`"
                        .to_owned(),
                );
            }
        };
        let system = System {
            distros: keys.os_distro,
            version: keys.os_version,
            architecture: keys.architecture,
        };
        if system != System::default() && !matches!(what, Wanted::Pattern(_)) {
            return Err(
                "`os_distro`, `os_version` and `architecture` belong to a `pattern`: an `id` or a \
                 `name` says which image it is"
                    .to_owned(),
            );
        }
        let known = ["public", "private", "shared", "community"];
        if let Some(other) = keys.visibility.as_deref().filter(|word| !known.contains(word)) {
            return Err(format!("`visibility` must be one of {}, not {other}", known.join(", ")));
        }
        Ok(Base { what, owner: keys.owner, visibility: keys.visibility, system })
    }
}

impl From<Base> for BaseKeys {
    fn from(base: Base) -> Self {
        let System { distros, version, architecture } = base.system;
        let keys = BaseKeys {
            owner: base.owner,
            visibility: base.visibility,
            os_distro: distros,
            os_version: version,
            architecture,
            ..Self::default()
        };
        match base.what {
            Wanted::Id(id) => BaseKeys { id: Some(id), ..keys },
            Wanted::Name(name) => BaseKeys { name: Some(name), ..keys },
            Wanted::Pattern(pattern) => BaseKeys { pattern: Some(pattern), ..keys },
            Wanted::Channel(channel) => BaseKeys { channel: Some(channel), ..keys },
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
    fn a_base_has_exactly_one_key() {
        let base = read("base: {pattern: 'Debian 12*', visibility: public}").unwrap().base.unwrap();
        assert_eq!(base.what, Wanted::Pattern("Debian 12*".to_owned()));
        let error = read("base: {id: a, name: b}").unwrap_err();
        assert!(error.contains("exactly one of"), "{error}");
        let error = read("base: {name: a, os_distro: debian}").unwrap_err();
        assert!(error.contains("belong to a `pattern`"), "{error}");
        let error = read("base: {visibility: public}").unwrap_err();
        assert!(error.contains("exactly one of"), "{error}");
        let error = read("base: {name: a, visibility: mine}").unwrap_err();
        assert!(error.contains("public, private"), "{error}");
    }

    #[test]
    fn settings_survive_writing_and_reading() {
        for floating in ["true", "false", "auto"] {
            let text = format!(
                "{{base: {{name: a}}, boot_volume: {{size: 20GiB, type: ssd}}, floating_ip: {floating}}}"
            );
            let settings = read(&text).unwrap();
            assert_eq!(read(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
        }
        let error = read("floating_ip: maybe").unwrap_err();
        assert!(error.contains("true, false or auto"), "{error}");
    }
}
