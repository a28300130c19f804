//! The settings of `cloud: local`, after the layers of `config.yaml` are merged.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The keys under `clouds.local` that only this cloud has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Memory of an instance.
    #[serde(deserialize_with = "super::sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub memory: ByteSize,
    /// Virtual processors of an instance.
    #[serde(deserialize_with = "super::sizes::cpus")]
    #[schemars(with = "super::forms::Processors")]
    pub cpus: u32,
    pub disk: Disk,
    pub machine: MachineKind,
    pub accelerator: Accelerator,
    pub boot: Boot,
    /// None: the distribution's own (`debian12` is built from its mirror).
    pub base: Option<Base>,
    /// The folder of instances and images. None: `$XDG_DATA_HOME/imgctl/local`.
    pub folder: Option<PathBuf>,
    /// The folder of base images. None: `$XDG_CACHE_HOME/imgctl`.
    pub cache: Option<PathBuf>,
    /// The time for QEMU to start, and for retries of a broken download.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub start_timeout: SignedDuration,
    /// The time for a guest to shut down.
    #[serde(deserialize_with = "super::duration::signed")]
    #[schemars(with = "super::forms::Time")]
    pub stop_timeout: SignedDuration,
    /// The program to run instead of `qemu-system-x86_64` (or that of the architecture).
    pub qemu: Option<PathBuf>,
    /// The program to run instead of `qemu-img`.
    pub qemu_img: Option<PathBuf>,
    /// UEFI firmware to boot with instead of the architecture's default.
    pub firmware: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            memory: ByteSize::gib(2),
            cpus: 2,
            disk: Disk::default(),
            machine: MachineKind::Auto,
            accelerator: Accelerator::Auto,
            boot: Boot::Auto,
            base: None,
            folder: None,
            cache: None,
            start_timeout: SignedDuration::from_mins(10),
            stop_timeout: SignedDuration::from_mins(10),
            qemu: None,
            qemu_img: None,
            firmware: None,
        }
    }
}

impl Settings {
    /// Makes every path absolute: in the file, paths are relative to the project folder.
    pub fn resolve_paths(&mut self, resolve: impl Fn(&Path) -> PathBuf) {
        let mut paths: Vec<&mut PathBuf> =
            [&mut self.folder, &mut self.cache, &mut self.firmware].into_iter().flatten().collect();
        if let Some(Base::File { file, .. }) = &mut self.base {
            paths.push(file);
        }
        // The bare name of a program is looked up in PATH.
        let programs = [&mut self.qemu, &mut self.qemu_img].into_iter().flatten();
        paths.extend(programs.filter(|program| program.components().count() > 1));
        for path in paths {
            *path = resolve(path);
        }
    }
}

/// The disk of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disk {
    /// The size that the guest sees, at least the base's. The file takes up only what is written.
    #[serde(deserialize_with = "super::sizes::required")]
    #[schemars(with = "super::forms::Size")]
    pub size: ByteSize,
}

impl Default for Disk {
    fn default() -> Self {
        Disk { size: ByteSize::gib(8) }
    }
}

/// What runs an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MachineKind {
    /// QEMU with KVM or HVF where they work, else a container where this computer can run one, else
    /// QEMU. What `boot` asks for boots in QEMU.
    Auto,
    /// QEMU.
    Vm,
    /// systemd-nspawn: the same disk on this computer's kernel. Needs root.
    Container,
}

/// How QEMU runs the guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Accelerator {
    /// KVM or HVF if a tiny guest boots with it, else TCG.
    Auto,
    Kvm,
    Hvf,
    Tcg,
}

impl Accelerator {
    /// Its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Accelerator::Auto => "auto",
            Accelerator::Kvm => "kvm",
            Accelerator::Hvf => "hvf",
            Accelerator::Tcg => "tcg",
        }
    }
}

/// How an instance boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Boot {
    /// `kernel` where the base supports it, else `disk`.
    Auto,
    /// The newest kernel on the disk, without an initial RAM disk: faster, but only on this cloud.
    Kernel,
    /// The boot loader with its usual menu, as on any other machine.
    Disk,
}

/// The base image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BaseKeys", into = "BaseKeys")]
pub enum Base {
    /// A vendor's cloud image, downloaded once and checked.
    Url { url: String, sha256: String, handover: Option<Handover> },
    /// A qcow2 or raw file on this machine, which must not change while instances use it.
    File { file: PathBuf, handover: Option<Handover> },
    /// The id or name of an image made by imgctl.
    Image { image: String },
    /// The image in a channel: `DISTRIBUTION/CHANNEL`.
    Channel { channel: String },
    /// Built on this machine from a Debian or Ubuntu mirror.
    Mmdebstrap(Mmdebstrap),
}

/// How an instance gets its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Handover {
    /// systemd credentials in the SMBIOS tables; a unit in the image installs them.
    Credentials,
    /// A second disk for cloud-init.
    NoCloud,
}

/// The recipe of a base image that is built on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mmdebstrap {
    /// `bookworm`, `noble`.
    pub suite: String,
    /// None: the distribution's own.
    #[serde(default)]
    pub mirror: Option<String>,
    /// Mirror of security updates. None: derived from `mirror`.
    #[serde(default)]
    pub security: Option<String>,
    #[serde(default = "main_component")]
    pub components: Vec<String>,
    /// Packages besides those of every base.
    #[serde(default)]
    pub packages: Vec<String>,
    /// None: the distribution's kernel for virtual machines.
    #[serde(default)]
    pub kernel: Option<String>,
}

fn main_component() -> Vec<String> {
    vec!["main".to_owned()]
}

impl Mmdebstrap {
    /// Every value becomes a word for mmdebstrap, apt or a line of their sources: none may be an option
    /// or contain a second word.
    fn check(&self) -> Result<(), String> {
        let names = [("suite", &self.suite)]
            .into_iter()
            .chain(self.components.iter().map(|name| ("components", name)))
            .chain(self.packages.iter().map(|name| ("packages", name)))
            .chain(self.kernel.iter().map(|name| ("kernel", name)));
        for (key, name) in names {
            let fits = |c: char| c.is_ascii_alphanumeric() || "+-./:=_~".contains(c);
            let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
            if !begins || !name.chars().all(fits) {
                return Err(format!(
                    "`{key}` cannot be {name:?}: a name has letters, digits and +-./:=_~"
                ));
            }
        }
        for (key, url) in [("mirror", &self.mirror), ("security", &self.security)] {
            let Some(url) = url else { continue };
            let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| {
                !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
            });
            if !has_scheme || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return Err(format!("`{key}` is a URL, not {url:?}"));
            }
        }
        Ok(())
    }
}

/// The keys of `base:` as written.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct BaseKeys {
    /// A vendor's cloud image, downloaded once and checked; needs `sha256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The checksum of the file at `url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// A qcow2 or raw file on this machine, which must not change while instances use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// The id or name of an image made by imgctl.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// The image in a channel: `DISTRIBUTION/CHANNEL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// Built on this machine from a Debian or Ubuntu mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    mmdebstrap: Option<Mmdebstrap>,
    /// How an instance gets its keys; for `url` and `file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
}

impl TryFrom<BaseKeys> for Base {
    type Error = String;

    fn try_from(keys: BaseKeys) -> Result<Self, String> {
        match keys {
            BaseKeys {
                url: Some(url),
                sha256,
                file: None,
                image: None,
                channel: None,
                mmdebstrap: None,
                handover,
            } => {
                let sha256 = sha256.ok_or("`url` needs `sha256`, the checksum of that file")?;
                let sha256 = sha256.to_ascii_lowercase();
                if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(format!("`sha256` is 64 hexadecimal digits, not {sha256:?}"));
                }
                if !["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)) {
                    return Err(format!("`url` begins with https:// or http://, unlike {url:?}"));
                }
                Ok(Base::Url { url, sha256, handover })
            }
            BaseKeys { sha256: Some(_), .. } => Err("`sha256` is for `url` only".to_owned()),
            BaseKeys {
                file: Some(file),
                url: None,
                image: None,
                channel: None,
                mmdebstrap: None,
                handover,
                ..
            } => Ok(Base::File { file, handover }),
            BaseKeys { handover: Some(_), .. } => {
                Err("`handover` is for `url` and `file` only".to_owned())
            }
            BaseKeys {
                image: Some(image),
                url: None,
                file: None,
                channel: None,
                mmdebstrap: None,
                ..
            } => Ok(Base::Image { image }),
            BaseKeys {
                channel: Some(channel),
                url: None,
                file: None,
                image: None,
                mmdebstrap: None,
                ..
            } => {
                super::values::channel(&channel)?;
                Ok(Base::Channel { channel })
            }
            BaseKeys {
                mmdebstrap: Some(recipe),
                url: None,
                file: None,
                image: None,
                channel: None,
                ..
            } => {
                recipe.check()?;
                Ok(Base::Mmdebstrap(recipe))
            }
            _ => Err(
                "`base` must be exactly one of `url`, `file`, `image`, `channel` and `mmdebstrap`"
                    .to_owned(),
            ),
        }
    }
}

impl From<Base> for BaseKeys {
    fn from(base: Base) -> Self {
        let none = BaseKeys::default();
        match base {
            Base::Url { url, sha256, handover } => {
                BaseKeys { url: Some(url), sha256: Some(sha256), handover, ..none }
            }
            Base::File { file, handover } => BaseKeys { file: Some(file), handover, ..none },
            Base::Image { image } => BaseKeys { image: Some(image), ..none },
            Base::Channel { channel } => BaseKeys { channel: Some(channel), ..none },
            Base::Mmdebstrap(recipe) => BaseKeys { mmdebstrap: Some(recipe), ..none },
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
    fn sizes_and_times_are_written_with_units() {
        let settings =
            read("{memory: 1GiB, disk: {size: 20GiB}, start_timeout: 15m, boot: disk}").unwrap();
        assert_eq!(settings.memory, ByteSize::gib(1));
        assert_eq!(settings.disk.size, ByteSize::gib(20));
        assert_eq!(settings.start_timeout, SignedDuration::from_mins(15));
        assert_eq!(settings.boot, Boot::Disk);
    }

    #[test]
    fn a_base_is_exactly_one_thing() {
        let base = read("base: {mmdebstrap: {suite: bookworm}}").unwrap().base.unwrap();
        assert!(matches!(base, Base::Mmdebstrap(recipe) if recipe.components == ["main"]));
        let error = read("base: {file: a.img, image: b}").unwrap_err();
        assert!(error.contains("exactly one of"), "{error}");
        let error = read("base: {url: 'https://mirror/a.qcow2'}").unwrap_err();
        assert!(error.contains("`url` needs `sha256`"), "{error}");
        let error = read("base: {fil: a}").unwrap_err();
        assert!(error.contains("fil"), "{error}");
    }

    #[test]
    fn settings_survive_writing_and_reading() {
        let text = "base: {url: 'https://mirror/a.qcow2', sha256: '00000000000000000000000000000000\
                    00000000000000000000000000000000'}";
        let settings = read(text).unwrap();
        assert_eq!(read(&serde_json::to_string(&settings).unwrap()).unwrap(), settings);
    }
}
