//! The machines of `hosts:`, as scripts ask for them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::configuration::Config;
use super::hosts::{Host, KEY};
use super::mistake::Mistake;
use super::one_or_more::OneOrMore;
use super::path::KeyPath;
use super::schema::VARS;
use super::{decode, values};
use crate::{Error, Result};

/// A [`Host`], its name and what is the user's own.
#[derive(Debug, Clone)]
pub struct Named {
    pub name: String,
    pub host: Host,
    pub vars: Value,
}

impl Config {
    /// The names in the inventory, in its order.
    pub fn host_names(&self) -> impl Iterator<Item = &str> {
        let hosts = self.document.get(KEY).and_then(Value::as_object);
        hosts.into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// The groups of all machines, sorted.
    ///
    /// # Errors
    /// As [`Config::host`].
    pub fn host_groups(&self) -> Result<BTreeSet<String>> {
        let mut groups = BTreeSet::new();
        for name in self.host_names() {
            groups.extend(self.groups_of(name)?);
        }
        Ok(groups)
    }

    /// The groups of one machine, whose other settings may need variables that are not set.
    ///
    /// # Errors
    /// As [`Config::host`], about the groups.
    pub fn groups_of(&self, name: &str) -> Result<Vec<String>> {
        let groups = self.get(&KeyPath::of(&[KEY, name, "groups"]).to_string())?;
        let read = groups.as_ref().map(decode::decode::<OneOrMore>);
        match read.transpose() {
            Ok(groups) => Ok(groups.unwrap_or_default().0),
            Err(_) => Ok(self.host(name)?.map(|named| named.host.groups.0).unwrap_or_default()),
        }
    }

    /// The dotted path of a host's settings.
    #[must_use]
    pub fn host_path(name: &str) -> String {
        KeyPath::of(&[KEY, name]).to_string()
    }

    /// A machine of the inventory, variables filled in. None: there is no machine of that name.
    ///
    /// # Errors
    /// `Code::Config` for a variable that is not set, or a value that does not fit.
    pub fn host(&self, name: &str) -> Result<Option<Named>> {
        let path = KeyPath::of(&[KEY, name]);
        if path.find(&self.document).is_none() {
            return Ok(None);
        }
        let settings = self.get(&path.to_string())?;
        let mut settings = settings.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let own = settings.as_object_mut().and_then(|map| map.shift_remove(VARS));
        let mut host: Host = decode::decode(&settings).map_err(|misfit| {
            let mistake = Mistake::of(misfit, &path);
            let error = Error::config(mistake.message);
            if let Some(hint) = mistake.hint { error.hint(hint) } else { error }
        })?;
        host.key = host.key.map(|key| self.resolve(&key));
        let vars = own.filter(Value::is_object);
        let vars = vars.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        Ok(Some(Named { name: name.to_owned(), host, vars }))
    }

    /// The machines whose private key is no file of this machine, each with its error. What a variable that is not
    /// set would say is not known.
    #[must_use]
    pub fn hosts_without_key(&self) -> Vec<(String, Error)> {
        let found = self.host_names().filter_map(|name| {
            let key = self.host(name).ok()??.host.key?;
            let problem = unusable(&key)?;
            let path = KeyPath::of(&[KEY, name, "key"]);
            let error = self.error(std::slice::from_ref(&path), &path, &problem);
            let error =
                error.hint("correct the path, which starts at the project folder, or omit `key`");
            Some((name.to_owned(), error))
        });
        found.collect()
    }
}

/// Why no key can be read from there. None: perhaps one can.
fn unusable(key: &Path) -> Option<String> {
    let shown = key.display();
    match std::fs::metadata(key) {
        Ok(found) if found.is_dir() => Some(format!("{shown} is a folder")),
        // Whatever else it is might wait for its writer.
        Ok(found) if !found.is_file() => None,
        Ok(_) => {
            let error = std::fs::File::open(key).err()?;
            Some(format!("{shown} cannot be read: {error}"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some(format!("there is no file {shown}"))
        }
        Err(error) => Some(format!("{shown} cannot be read: {error}")),
    }
}

/// Refuses names that would have to be addresses and are none. Another file may give the address.
pub fn check_names(config: &Config) -> Result<()> {
    let hosts = config.document.get(KEY).and_then(Value::as_object);
    for (name, host) in hosts.into_iter().flatten() {
        let has_address = host.get("address").is_some_and(|address| !address.is_null());
        if !has_address && !values::is_host(name) {
            let path = KeyPath::of(&[KEY, name]);
            let problem =
                format!("`{}` is not an address, and it has no other", name.escape_debug());
            let error = config.error(std::slice::from_ref(&path), &path, &problem);
            return Err(error.hint("give its address in `address:`"));
        }
    }
    Ok(())
}
