//! Which cloud, region and distribution are selected, and whether they exist.

use serde_json::Value;

use super::configuration::Config;
use super::path::KeyPath;
use super::schema::{self, CloudSchema};
use crate::error::nearest;
use crate::{Error, Result};

pub struct Chooser<'c>(pub &'c Config);

impl Chooser<'_> {
    /// A name in the document, variables filled in. None: not set, or empty.
    fn default(&self, path: &KeyPath) -> Result<Option<String>> {
        let value = self.0.get(&path.to_string())?;
        Ok(value
            .and_then(|value| value.as_str().map(str::to_owned))
            .filter(|name| !name.is_empty()))
    }

    pub fn cloud(&self, wanted: Option<&str>) -> Result<&'static CloudSchema> {
        let name = match wanted {
            Some(name) => name.to_owned(),
            None => self
                .default(&KeyPath::of(&["defaults", "cloud"]))?
                .ok_or_else(|| nothing_chosen("cloud"))?,
        };
        schema::cloud(&name).ok_or_else(|| unknown("cloud", "", &name, schema::cloud_names()))
    }

    /// Whether a cloud is wanted or set.
    pub fn has_cloud(&self, wanted: Option<&str>) -> Result<bool> {
        Ok(wanted.is_some() || self.default(&KeyPath::of(&["defaults", "cloud"]))?.is_some())
    }

    /// Whether a distribution is wanted or set.
    pub fn has_distribution(&self, wanted: Option<&str>, level: &KeyPath) -> Result<bool> {
        Ok(wanted.is_some() || self.usual("distribution", level)?.is_some())
    }

    /// The `region:` or `distribution:` of the cloud, else that of `defaults:`; first the user's, then the
    /// shipped one.
    fn usual(&self, kind: &str, level: &KeyPath) -> Result<Option<String>> {
        for path in self.0.own_first(vec![level.key(kind), KeyPath::of(&["defaults", kind])]) {
            if let Some(name) = self.default(&path)? {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn names(&self, path: &KeyPath) -> Vec<&str> {
        let names = path.find(&self.0.document).and_then(Value::as_object);
        names.map(|names| names.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    pub fn region(
        &self,
        schema: &CloudSchema,
        level: &KeyPath,
        wanted: Option<&str>,
    ) -> Result<String> {
        if !schema.regions {
            return match wanted {
                None | Some("") => Ok(String::new()),
                Some(region) => Err(Error::usage(format!(
                    "cloud {} has no regions, so there is no region {region}",
                    schema.name
                ))
                .hint("omit `region:`, or put `cloud:` before it")),
            };
        }
        let known = self.names(&level.key("regions"));
        // The region of `defaults:` belongs to the cloud of `defaults:`.
        let usual_cloud = self.default(&KeyPath::of(&["defaults", "cloud"]))?;
        let name = match wanted {
            Some(name) => Some(name.to_owned()),
            None if usual_cloud.as_deref() == Some(schema.name) => self.usual("region", level)?,
            None => self.default(&level.key("region"))?,
        };
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            refuse_no_name("region", name)?;
        }
        match name {
            Some(name) if known.is_empty() || known.contains(&name.as_str()) => Ok(name),
            Some(name) => Err(unknown("region", schema.name, &name, known)),
            None => Ok(if let [only] = known[..] { only.to_owned() } else { String::new() }),
        }
    }

    pub fn distribution(
        &self,
        schema: &CloudSchema,
        levels: [&KeyPath; 2],
        wanted: Option<&str>,
    ) -> Result<String> {
        let mut known = self.names(&levels[0].key("distributions"));
        let in_region = self.names(&levels[1].key("distributions"));
        known
            .extend(in_region.into_iter().filter(|name| !known.contains(name)).collect::<Vec<_>>());
        let name = match wanted {
            Some(name) => name.to_owned(),
            None => self
                .usual("distribution", levels[0])?
                .ok_or_else(|| nothing_chosen("distribution"))?,
        };
        if !name.is_empty() {
            refuse_no_name("distribution", &name)?;
        }
        if known.contains(&name.as_str()) || schema.any_distribution && !name.is_empty() {
            return Ok(name);
        }
        Err(unknown("distribution", schema.name, &name, known))
    }
}

/// Whether a region or a distribution can have this name, which becomes a part of names and paths.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_path = ["", ".", ".."].contains(&name) || name.contains(['/', '\\']);
    !is_path && name.trim() == name && !name.contains(char::is_control)
}

fn refuse_no_name(kind: &str, name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::usage(format!("`{name}` cannot be the name of a {kind}"))
        .hint("use a name without slashes, blanks around it and control characters"))
}

fn nothing_chosen(kind: &str) -> Error {
    Error::config(format!("no {kind} is selected"))
        .hint(format!("pass `{kind}:NAME`, or set defaults.{kind} in config.yaml"))
}

fn unknown<'k>(
    kind: &str,
    cloud: &str,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Error {
    let known: Vec<&str> = known.into_iter().collect();
    let of = if cloud.is_empty() { String::new() } else { format!(" of cloud {cloud}") };
    let error = Error::usage(format!("unknown {kind} `{name}`{of}"));
    match nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            error.hint(format!("add one under clouds.{cloud}.{kind}s in config.yaml"))
        }
        None => error.hint(format!("use one of: {}", known.join(", "))),
    }
}
