//! The contents of the manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::apart;
use super::offers::{Promotion, Shared, all_promotions};

/// The version this imgctl writes, and the newest it reads.
pub const VERSION: u32 = 1;

/// All images that were made, in the order in which they were listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    #[serde(default)]
    pub images: Vec<Entry>,
    /// What others have added; it is kept.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Default for Manifest {
    fn default() -> Manifest {
        Manifest { version: VERSION, images: Vec::new(), others: Map::new() }
    }
}

/// One image. Cloud, project, region and id tell it from all others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
// `form.rs` has the rest of how it is read and written.
#[serde(remote = "Self")]
pub struct Entry {
    pub id: String,
    pub name: String,
    pub cloud: String,
    /// Empty on a cloud without regions.
    #[serde(default)]
    pub region: String,
    /// The cloud's project or account, if the cloud reports one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub distribution: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// RFC 3339, UTC, by the cloud's clock.
    pub created: String,
    /// Bytes of storage, if the cloud reports them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// What its instance was started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The id of the run that made it, which is also its tag `imgctl-run`.
    pub run: String,
    /// The version of imgctl that made it.
    pub imgctl: String,
    /// `sha256:…` of the scripts and the library in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scripts: Option<String>,
    /// `user@machine`: who ran imgctl, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The image that this is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<Place>,
    /// Its copies that are listed and not deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<Place>,
    /// What the machine was known by that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// When an instance of it was last started and passed all checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Proof>,
    /// The channels that imgctl has put it into, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Promotion>,
    /// Whom imgctl has let use it.
    #[serde(default, skip_serializing_if = "Shared::is_empty")]
    pub shared: Shared,
    /// RFC 3339, UTC: from when on it is not offered any more, as imgctl told the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// RFC 3339, UTC: when imgctl deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
    /// What others have added; it is kept.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The image that an instance was started from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// RFC 3339, UTC.
    #[serde(default)]
    pub created: String,
}

/// An image of the same cloud and project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub id: String,
    pub region: String,
}

/// What tells a machine from others. An instance of its image must not have any of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    pub name: String,
    /// SHA-256 in hexadecimal digits: the id itself is confidential.
    pub machine_id: String,
    /// Fingerprints of its SSH host keys, as OpenSSH shows them.
    pub host_keys: Vec<String>,
    /// Fingerprints of the keys that could log in to it.
    pub user_keys: Vec<String>,
}

/// That an instance of an image was started and passed all checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// RFC 3339, UTC.
    pub at: String,
    /// The run that did it.
    pub run: String,
    /// The image that was started, if it is the source of this copy, which has the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl Entry {
    /// Others' values leave the names under which imgctl has something to tell.
    pub fn make_room(&mut self) {
        let written = [
            ("channels", !self.channels.is_empty()),
            ("shared", !self.shared.is_empty()),
            ("deprecated", self.deprecated.is_some()),
        ];
        for (key, _) in written.into_iter().filter(|(_, is_written)| *is_written) {
            apart::rename(&mut self.others, key);
        }
    }

    /// One in which no key is left out.
    #[must_use]
    pub fn full() -> Entry {
        let place = Place { id: String::new(), region: String::new() };
        let text = || Some("x".to_owned());
        Entry {
            project: text(),
            description: "x".to_owned(),
            size: Some(0),
            architecture: text(),
            base: Some(Base::default()),
            scripts: text(),
            by: text(),
            copy_of: Some(place.clone()),
            copies: vec![place],
            identity: Some(Identity::default()),
            verified: Some(Proof::default()),
            channels: vec![Promotion::default()],
            shared: Shared { accounts: text().into_iter().collect(), ..Shared::default() },
            deprecated: text(),
            deleted: text(),
            ..Entry::default()
        }
    }

    /// Whether both are about the same image.
    #[must_use]
    pub fn is_same(&self, other: &Entry) -> bool {
        self.is_at(&other.cloud, other.project.as_deref(), &other.region, &other.id)
    }

    /// Whether it is this image. An entry without a project is that of a cloud which does not tell it.
    #[must_use]
    pub fn is_at(&self, cloud: &str, project: Option<&str>, region: &str, id: &str) -> bool {
        (self.cloud.as_str(), self.project.as_deref(), self.region.as_str(), self.id.as_str())
            == (cloud, project, region, id)
    }

    /// Whether it is a copy of that image.
    #[must_use]
    pub fn is_copy_of(&self, source: &Entry) -> bool {
        let place = Place { id: source.id.clone(), region: source.region.clone() };
        self.copy_of.as_ref() == Some(&place)
            && (&self.cloud, &self.project) == (&source.cloud, &source.project)
    }
}

impl Manifest {
    /// Adds an entry, or what it tells about an image that is listed already: nothing that is known is
    /// lost to an entry that does not know it.
    pub fn put(&mut self, entry: Entry) {
        match self.images.iter_mut().find(|known| known.is_same(&entry)) {
            // Another image under an id that was free again.
            Some(known) if known.deleted.is_some() && known.created != entry.created => {
                *known = entry;
            }
            Some(known) => *known = merged(known, entry),
            None => self.images.push(entry),
        }
    }

    /// Notes at each image which copies it has.
    pub fn note_copies(&mut self) {
        let mut copies: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
        for copy in self.images.iter().filter(|entry| entry.deleted.is_none()) {
            if copy.copy_of.is_none() {
                continue;
            }
            let source = self.images.iter().position(|source| copy.is_copy_of(source));
            if let Some(source) = source {
                let place = Place { id: copy.id.clone(), region: copy.region.clone() };
                copies.entry(source).or_default().push(place);
            }
        }
        for (at, entry) in self.images.iter_mut().enumerate() {
            entry.copies = copies.remove(&at).unwrap_or_default();
            entry.copies.sort();
        }
    }
}

/// The newer one, with what only the older one tells. The later of two proofs holds.
fn merged(known: &Entry, newer: Entry) -> Entry {
    let keep = |newer: &mut Option<String>, known: &Option<String>| {
        if newer.is_none() {
            newer.clone_from(known);
        }
    };
    let mut entry = newer;
    keep(&mut entry.scripts, &known.scripts);
    keep(&mut entry.by, &known.by);
    keep(&mut entry.architecture, &known.architecture);
    keep(&mut entry.deprecated, &known.deprecated);
    keep(&mut entry.deleted, &known.deleted);
    for (text, known) in [
        (&mut entry.description, &known.description),
        (&mut entry.run, &known.run),
        (&mut entry.imgctl, &known.imgctl),
    ] {
        if text.is_empty() {
            text.clone_from(known);
        }
    }
    entry.size = entry.size.or(known.size);
    entry.base = entry.base.or_else(|| known.base.clone());
    entry.copy_of = entry.copy_of.or_else(|| known.copy_of.clone());
    entry.identity = entry.identity.or_else(|| known.identity.clone());
    let proofs = [entry.verified.take(), known.verified.clone()].into_iter().flatten();
    entry.verified = proofs.max_by(|a, b| a.at.cmp(&b.at));
    entry.channels = all_promotions(&known.channels, &entry.channels);
    entry.shared.accounts.extend(known.shared.accounts.iter().cloned());
    entry.shared.organizations.extend(known.shared.organizations.iter().cloned());
    for (key, value) in &known.others {
        entry.others.entry(key.clone()).or_insert_with(|| value.clone());
    }
    entry.make_room();
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, region: &str) -> Entry {
        Entry { id: id.into(), region: region.into(), cloud: "ec2".into(), ..Entry::default() }
    }

    #[test]
    fn what_is_known_is_not_lost_to_an_entry_that_does_not_know_it() {
        let mut manifest = Manifest::default();
        let proof = |at: &str| Some(Proof { at: at.into(), ..Proof::default() });
        let known = Entry { size: Some(1), verified: proof("2027"), ..entry("ami-1", "a") };
        manifest.put(known);
        manifest.put(Entry {
            by: Some("me".into()),
            verified: proof("2026"),
            ..entry("ami-1", "a")
        });
        manifest.put(entry("ami-1", "b"));
        assert_eq!(manifest.images.len(), 2);
        let first = &manifest.images[0];
        assert_eq!((first.size, first.by.as_deref()), (Some(1), Some("me")));
        assert_eq!(first.verified, proof("2027"));
    }

    #[test]
    fn what_became_of_an_image_is_added_up() {
        let of = |text: &str| text.to_owned();
        let promotion = |at: &str, until: Option<&str>| Promotion {
            channel: of("debian12/stable"),
            at: of(at),
            until: until.map(str::to_owned),
        };
        let shared = |account: &str| Shared { accounts: [of(account)].into(), ..Shared::default() };
        let mut manifest = Manifest::default();
        manifest.put(Entry {
            channels: vec![promotion("2026", Some("2027"))],
            shared: shared("1111"),
            deprecated: Some(of("2030")),
            ..entry("ami-1", "a")
        });
        // As another machine knew it before.
        manifest.put(Entry {
            channels: vec![promotion("2026", None), promotion("2028", None)],
            shared: shared("2222"),
            ..entry("ami-1", "a")
        });
        let [image] = &manifest.images[..] else { panic!("{:?}", manifest.images) };
        let all = [promotion("2026", Some("2027")), promotion("2028", None)];
        assert_eq!(image.channels, all);
        assert_eq!(image.shared.accounts, [of("1111"), of("2222")].into());
        assert_eq!(image.deprecated.as_deref(), Some("2030"));
    }

    #[test]
    fn an_image_lists_its_copies_that_are_still_there() {
        let mut manifest = Manifest::default();
        let of = Some(Place { id: "ami-1".into(), region: "a".into() });
        manifest.put(entry("ami-1", "a"));
        for region in ["c", "b"] {
            manifest.put(Entry { copy_of: of.clone(), ..entry("ami-2", region) });
        }
        manifest.note_copies();
        let regions: Vec<_> = manifest.images[0].copies.iter().map(|it| &it.region).collect();
        assert_eq!(regions, ["b", "c"]);
        manifest.put(Entry { deleted: Some("now".into()), ..entry("ami-2", "b") });
        manifest.note_copies();
        assert_eq!(manifest.images[0].copies.len(), 1);
    }
}
