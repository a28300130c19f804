//! Where the cloud, region and distribution in force are set.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::configuration::Config;
use super::decode;
use super::path::KeyPath;
use super::select::Selection;
use super::source;

impl Config {
    /// The file and the key that choose this selection's `cloud`, `region` or `distribution`, as people read
    /// it. None: nothing does.
    #[must_use]
    pub fn origin(&self, kind: &str, selection: &Selection) -> Option<String> {
        let cloud = KeyPath::of(&["clouds", &selection.cloud]);
        let usual = KeyPath::of(&["defaults", kind]);
        let paths = match kind {
            "cloud" => vec![usual],
            // The region of `defaults:` belongs to the cloud of `defaults:`.
            "region" if !self.is_usual(&selection.cloud) => {
                vec![cloud.key(kind), cloud.key("regions")]
            }
            _ => {
                let mut paths = self.own_first(vec![cloud.key(kind), usual]);
                paths.push(cloud.key(&format!("{kind}s")));
                paths
            }
        };
        let is_given = |path: &&KeyPath| {
            let value = path.find(&self.document);
            value.is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
        };
        let path = paths.iter().find(is_given)?.clone();
        let (source, path) = source::find(&self.sources, std::slice::from_ref(&path))?;
        Some(format!("{}, {path}", source.whereabouts(path)))
    }

    fn is_usual(&self, cloud: &str) -> bool {
        self.get("defaults.cloud").ok().flatten().and_then(|it| it.as_str().map(str::to_owned))
            == Some(cloud.to_owned())
    }

    /// A setting of a cloud that need not be the one in force. None: not given, or not of that type.
    #[must_use]
    pub fn setting_of<T: DeserializeOwned>(&self, cloud: &str, key: &str) -> Option<T> {
        let value: Value = self.get(&format!("clouds.{cloud}.{key}")).ok().flatten()?;
        decode::decode(&value).ok()
    }
}
