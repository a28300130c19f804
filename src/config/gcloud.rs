//! The active configuration of gcloud, which its variables override:
//! <https://cloud.google.com/sdk/gcloud/reference/topic/configurations>.

use std::io;
use std::path::Path;

use super::expand::Environment;

/// The properties of one configuration, as gcloud wrote them.
#[derive(Debug, Default)]
pub struct Configuration {
    text: String,
}

/// The variable that overrides a property: `CLOUDSDK_CORE_ACCOUNT`.
#[must_use]
pub fn variable_of(section: &str, key: &str) -> String {
    format!("CLOUDSDK_{section}_{key}").to_uppercase()
}

impl Configuration {
    /// The one that is active in gcloud's folder; empty if there is none. `named` is the value of
    /// `CLOUDSDK_ACTIVE_CONFIG_NAME`.
    ///
    /// # Errors
    /// If a file exists and cannot be read.
    pub fn active(folder: &Path, named: Option<&str>) -> io::Result<Configuration> {
        let active = match named.filter(|name| !name.is_empty()) {
            Some(name) => Some(name.to_owned()),
            None => read(&folder.join("active_config"))?,
        };
        let name = active.as_deref().map_or("default", str::trim);
        let text = read(&folder.join(format!("configurations/config_{name}")))?;
        Ok(Configuration { text: text.unwrap_or_default() })
    }

    /// The value of a property, if it is set.
    #[must_use]
    pub fn get(&self, section: &str, key: &str) -> Option<String> {
        let mut lines = self.text.lines().map(str::trim);
        lines.find(|line| *line == format!("[{section}]"))?;
        let mut pairs = lines.take_while(|line| !line.starts_with('['));
        let value = pairs.find_map(|line| {
            let (known, value) = line.split_once(['=', ':'])?;
            (known.trim() == key).then(|| value.trim().to_owned())
        });
        value.filter(|value| !value.is_empty())
    }
}

/// None for a file that does not exist.
fn read(path: &Path) -> io::Result<Option<String>> {
    match crate::read::text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Adds the region that gcloud works in, as the variable that would override it. A file that cannot
/// be read is reported by whoever needs gcloud's login.
pub fn add_region(environment: &mut Environment) {
    let name = variable_of("compute", "region");
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    if set(&name).is_some() {
        return;
    }
    let folder = set("CLOUDSDK_CONFIG").map(Into::into).or_else(|| {
        let home = std::env::home_dir()?;
        Some(home.join(super::gce::GCLOUD))
    });
    let Some(folder) = folder else { return };
    let active = set("CLOUDSDK_ACTIVE_CONFIG_NAME");
    let Ok(found) = Configuration::active(&folder, active.as_deref()) else { return };
    let zone = || set(&variable_of("compute", "zone")).or_else(|| found.get("compute", "zone"));
    let region = found.get("compute", "region").or_else(|| {
        let zone = zone()?;
        zone.rsplit_once('-').map(|(region, _)| region.to_owned())
    });
    if let Some(region) = region {
        environment.insert(name, region);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_its_section() {
        let text = "[compute]\nproject = no\n\n[core]\n#account = b\naccount = a\nproject = p\n[x]\ny = z\n";
        let found = Configuration { text: text.to_owned() };
        assert_eq!(found.get("core", "project").as_deref(), Some("p"));
        assert_eq!(found.get("core", "account").as_deref(), Some("a"));
        assert_eq!(found.get("core", "y"), None);
        assert_eq!(Configuration::default().get("core", "project"), None);
    }
}
