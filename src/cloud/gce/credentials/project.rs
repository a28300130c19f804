//! The project to work in if the settings name none: from variables, or from gcloud's own settings.

use std::path::Path;

use super::environment::variable;
use crate::{Error, Result};

/// In this order, as Google's own libraries and gcloud read them.
const VARIABLES: [&str; 2] = ["GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

pub fn of_environment() -> Option<String> {
    VARIABLES.iter().find_map(|name| variable(name))
}

/// The project of gcloud's active configuration: `gcloud config set project P`.
pub fn of_gcloud(folder: &Path) -> Result<Option<String>> {
    let active = match variable("CLOUDSDK_ACTIVE_CONFIG_NAME") {
        Some(name) => Some(name),
        None => read(&folder.join("active_config"))?,
    };
    let name = active.as_deref().map_or("default", str::trim);
    let text = read(&folder.join(format!("configurations/config_{name}")))?;
    Ok(text.and_then(|text| in_section(&text, "core", "project")))
}

/// None for a file that does not exist.
fn read(path: &Path) -> Result<Option<String>> {
    match crate::read::text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path, error)
            .hint("make gcloud's own file readable, or set GCE_PROJECT")),
    }
}

/// The value of a key in a file in INI form.
fn in_section(text: &str, section: &str, key: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| *line == format!("[{section}]"))?;
    let mut pairs = lines.take_while(|line| !line.starts_with('['));
    let value = pairs.find_map(|line| {
        let (known, value) = line.split_once(['=', ':'])?;
        (known.trim() == key).then(|| value.trim().to_owned())
    });
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_belongs_to_its_section() {
        let text = "[compute]\nproject = no\n\n[core]\naccount = a\nproject = p\n[x]\ny = z\n";
        assert_eq!(in_section(text, "core", "project").as_deref(), Some("p"));
        assert_eq!(in_section(text, "core", "y"), None);
        assert_eq!(in_section("", "core", "project"), None);
    }
}
