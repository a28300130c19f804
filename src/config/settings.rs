//! The settings every cloud shares.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// Settings that any level may give, whatever the cloud. `Selection::common` holds them merged.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// Who logs in to the instance. None: the provider's own default.
    #[serde(deserialize_with = "super::values::user")]
    pub username: Option<String>,
    /// Base name of instances and images; `{cloud}`, `{region}` and `{distribution}` are filled in.
    pub name: String,
    /// A key pair the cloud already has. None: a temporary one is made.
    pub key_pair: Option<String>,
    /// The private key that belongs to `key_pair`. `~/` and paths relative to the project folder
    /// are resolved already.
    pub key_file: Option<PathBuf>,
    /// The public half of `key_file`. None: it is in `KEY_FILE.pub` or in the key file itself.
    /// Resolved as `key_file` is.
    pub public_key_file: Option<PathBuf>,
    /// cloud-init user data for the instance, as it stands: `$` has no meaning in it.
    pub user_data: Option<String>,
    /// A file of user data, in place of `user_data`. Once selected, `~` and paths relative to
    /// config.yaml are resolved already.
    pub user_data_file: Option<PathBuf>,
    /// Tags, labels or metadata for everything that is created.
    #[serde(deserialize_with = "super::values::tags")]
    pub tags: BTreeMap<String, String>,
    pub ssh: Ssh,
}

impl Default for Common {
    fn default() -> Self {
        Common {
            username: None,
            name: "imgctl-{distribution}".to_owned(),
            key_pair: None,
            key_file: None,
            public_key_file: None,
            user_data: None,
            user_data_file: None,
            tags: BTreeMap::new(),
            ssh: Ssh::default(),
        }
    }
}

/// How to reach instances.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ssh {
    /// For one connection: TCP, handshake and login together.
    #[serde(deserialize_with = "super::duration::required")]
    #[schemars(with = "super::forms::Time")]
    pub connect_timeout: Duration,
    /// From an instance's start until it accepts a login and cloud-init has finished.
    #[serde(deserialize_with = "super::duration::required")]
    #[schemars(with = "super::forms::Time")]
    pub ready_timeout: Duration,
    /// Give up on a command that has printed nothing for this long. None: never.
    #[serde(deserialize_with = "super::duration::optional")]
    #[schemars(with = "Option<super::forms::Time>")]
    pub idle_timeout: Option<Duration>,
    /// Hosts to go through, `user@host:port`, the innermost last.
    #[serde(deserialize_with = "super::values::jumps")]
    pub jump: Vec<String>,
    /// A program to connect through, as in OpenSSH: `%h` is the address, `%p` the port, `%r` the
    /// user; `{instance}`, `{region}`, `{zone}` and `{project}` are the instance's id and its
    /// location, as far as its cloud has these. None: TCP.
    pub proxy_command: Option<String>,
    /// None: 22, or what the cloud says.
    #[serde(deserialize_with = "super::sizes::port")]
    #[schemars(with = "Option<super::forms::Port>")]
    pub port: Option<u16>,
    pub host_key: HostKeySource,
}

/// How the first connection to an instance is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostKeySource {
    /// imgctl makes the key and installs it by cloud-init.
    HandedIn,
    /// The instance makes its own, and the cloud's console, or its equivalent, shows it.
    Console,
    /// The first key that it shows is trusted, with a warning, and pinned.
    FirstUse,
}

impl Default for Ssh {
    fn default() -> Self {
        Ssh {
            connect_timeout: Duration::from_secs(120),
            ready_timeout: Duration::from_secs(900),
            idle_timeout: None,
            jump: Vec::new(),
            proxy_command: None,
            port: None,
            host_key: HostKeySource::HandedIn,
        }
    }
}
