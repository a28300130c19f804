//! What a build has changed among the packages of its base image.

use serde::{Deserialize, Serialize};

/// Packages that an image has and its base had not, and the other way round, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PackageChanges {
    pub added: Vec<Package>,
    pub removed: Vec<Package>,
    pub changed: Vec<PackageChange>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub name: String,
    pub version: String,
}

/// A package whose version is another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageChange {
    pub name: String,
    pub before: String,
    pub after: String,
}

impl PackageChanges {
    /// As `text` shows them.
    pub(super) fn shown(&self, text: &dyn Fn(&str) -> String) -> PackageChanges {
        let versions = |packages: &[Package]| -> Vec<Package> {
            let shown = packages.iter();
            shown.map(|it| Package { name: text(&it.name), version: text(&it.version) }).collect()
        };
        let changed = self.changed.iter().map(|it| PackageChange {
            name: text(&it.name),
            before: text(&it.before),
            after: text(&it.after),
        });
        PackageChanges {
            added: versions(&self.added),
            removed: versions(&self.removed),
            changed: changed.collect(),
        }
    }

    /// `214 added, 3 removed, 12 changed`
    #[must_use]
    pub fn counted(&self) -> String {
        let counts = [
            (self.added.len(), "added"),
            (self.removed.len(), "removed"),
            (self.changed.len(), "changed"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<_> = counts.map(|(count, word)| format!("{count} {word}")).collect();
        if words.is_empty() { "none has changed".to_owned() } else { words.join(", ") }
    }
}
