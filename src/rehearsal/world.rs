//! Everything that exists in the fake world, in one JSON file, so that it outlives a process that is
//! killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, Result};

/// Host names that begin with this are machines of the fake world; the rest is the instance's id.
pub const SCHEME: &str = "fake:";

/// Cloud and machines together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct World {
    /// The last number given to a thing; ids and times of creation are made of it.
    pub serial: u64,
    pub instances: BTreeMap<String, Machine>,
    pub images: BTreeMap<String, Snapshot>,
    pub key_pairs: BTreeMap<String, Key>,
    /// How often each rule for remote commands has answered.
    pub answered: BTreeMap<String, u32>,
}

/// A machine and what its cloud knows about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// Names are unique within a region.
    pub region: String,
    pub name: String,
    pub role: String,
    pub token: String,
    pub created: String,
    pub image: String,
    pub key_pair: String,
    pub running: bool,
    /// Whoever connects is let in.
    pub open: bool,
    /// How often it has started.
    pub boots: u64,
    pub architecture: String,
    pub username: String,
    /// OpenSSH lines.
    pub authorized_keys: Vec<String>,
    /// One OpenSSH line.
    pub host_key: String,
    pub tags: BTreeMap<String, String>,
    pub disk: Disk,
}

/// An image and the disk in it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    pub name: String,
    pub token: String,
    pub created: String,
    pub description: String,
    pub architecture: String,
    pub region: String,
    pub tags: BTreeMap<String, String>,
    /// Accounts that may use it.
    pub shared: BTreeSet<String>,
    pub deprecated: Option<String>,
    pub disk: Disk,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    pub region: String,
    pub name: String,
    pub role: String,
    pub token: String,
    pub tags: BTreeMap<String, String>,
}

/// What commands can see on a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    pub files: BTreeMap<String, Entry>,
    pub packages: BTreeSet<String>,
    /// Of packages that were asked for by more than their name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub releases: BTreeMap<String, Release>,
    pub units: BTreeMap<String, Unit>,
    pub users: BTreeMap<String, Account>,
    pub groups: BTreeSet<String>,
}

/// What was asked for besides a package's name: `curl=7.88*`, `libc6:i386`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// Without it, it is the version that all packages have here.
    pub version: Option<String>,
    /// Besides the machine's own.
    pub architectures: BTreeSet<String>,
}

/// A file or folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    pub folder: bool,
    #[serde(with = "contents")]
    pub contents: Vec<u8>,
    /// Permission bits in octal digits.
    pub mode: String,
    /// `user:group`.
    pub owner: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    pub enabled: bool,
    pub active: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    pub uid: u32,
    pub home: String,
    pub shell: String,
    pub groups: BTreeSet<String>,
}

/// The most bytes of its file: it holds the contents of files on hosts.
const LARGEST: u64 = 1 << 30;

impl World {
    /// An absent file is an empty world.
    pub(super) fn load(path: &Path) -> Result<World> {
        let text = match crate::read::bytes(path, LARGEST, &|| false) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(World::default());
            }
            Err(error) => {
                return Err(Error::io("read", path, error).with_code(Code::Config));
            }
        };
        serde_json::from_slice(&text).map_err(|error| {
            Error::new(Code::Config, format!("{} is not a fake world", path.display()))
                .cause(error)
                .hint("remove the file to begin with an empty world")
        })
    }

    /// The file that it has become, even if another one takes its place at once.
    pub(super) fn save(&self, path: &Path) -> Result<File> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::new(Code::Io, "cannot encode the fake world").cause(error))?;
        let folder =
            path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        // Made under a name that nobody can know before, for this user only.
        tempfile::NamedTempFile::new_in(folder)
            .and_then(|mut file| file.write_all(&text).map(|()| file))
            .and_then(|file| file.persist(path).map_err(|error| error.error))
            .map_err(|error| Error::io("write", path, error))
    }

    /// The next number for an id: `i-1`, `img-2`.
    pub fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The time that stands for a number: later numbers are later. RFC 3339, UTC.
    #[must_use]
    pub fn time(number: u64) -> String {
        let (day, second) = (1 + number / 86_400 % 28, number % 86_400);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        format!("2026-01-{day:02}T{hour:02}:{minute:02}:{:02}Z", second % 60)
    }

    /// The run ids that anything in the world is marked with.
    pub(super) fn runs(&self) -> impl Iterator<Item = &str> {
        let tags = self.instances.values().map(|machine| &machine.tags);
        let tags = tags.chain(self.images.values().map(|image| &image.tags));
        let tags = tags.chain(self.key_pairs.values().map(|key| &key.tags));
        tags.filter_map(|tags| tags.get("imgctl-run")).map(String::as_str)
    }
}

impl Machine {
    /// Starts it: the kernel has a new boot id from now on.
    pub fn boot(&mut self) {
        self.running = true;
        self.boots += 1;
        let number: u64 = self
            .created
            .bytes()
            .filter(u8::is_ascii_digit)
            .fold(0, |sum, digit| (sum * 10 + u64::from(digit - b'0')) % 1_000_000);
        let id = format!("00000000-0000-4000-8000-{number:06}{:06}\n", self.boots);
        let entry = Entry::file(id, "444", "root:root");
        self.disk.files.insert("/proc/sys/kernel/random/boot_id".to_owned(), entry);
    }
}

impl Entry {
    #[must_use]
    pub fn file(contents: impl Into<Vec<u8>>, mode: &str, owner: &str) -> Entry {
        Entry {
            folder: false,
            contents: contents.into(),
            mode: mode.to_owned(),
            owner: owner.to_owned(),
        }
    }

    #[must_use]
    pub fn folder(mode: &str, owner: &str) -> Entry {
        Entry { folder: true, ..Entry::file("", mode, owner) }
    }
}

/// Text stays readable in the world's file; other bytes are `{base64: …}`.
mod contents {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Bytes { base64: String },
    }

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let form = match std::str::from_utf8(bytes) {
            Ok(text) => Form::Text(text.to_owned()),
            Err(_) => Form::Bytes { base64: BASE64_STANDARD.encode(bytes) },
        };
        form.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        match Form::deserialize(deserializer)? {
            Form::Text(text) => Ok(text.into_bytes()),
            Form::Bytes { base64 } => BASE64_STANDARD.decode(base64).map_err(D::Error::custom),
        }
    }
}
