//! How an entry of the manifest is read and written, beyond its keys.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use serde_path_to_error::Track;

use super::apart;
use super::document::Entry;

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entry, D::Error> {
        let mut keys = Map::deserialize(deserializer)?;
        let theirs = apart::take(&mut keys);
        let id = keys.get("id").and_then(Value::as_str).unwrap_or("an image without an id");
        let id = id.to_owned();
        let mut track = Track::new();
        let tracked = serde_path_to_error::Deserializer::new(Value::Object(keys), &mut track);
        let read = Entry::deserialize(tracked);
        let mut entry = read.map_err(|error| {
            let at = track.path().to_string();
            let at = if at == "." { String::new() } else { format!("{at} of ") };
            D::Error::custom(format!("{at}{id}: {error}"))
        })?;
        entry.others.extend(theirs);
        Ok(entry)
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // No key is written twice.
        let mut entry = self.clone();
        entry.make_room();
        Entry::serialize(&entry, serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::Manifest;
    use super::super::offers::{Promotion, Shared};
    use super::*;

    #[test]
    fn what_others_had_under_newer_keys_is_kept() {
        let of = |more: &str| {
            let text = format!(
                r#"{{"id": "ami-1", "name": "n", "cloud": "ec2", "distribution": "d", "created": "c",
                "run": "r", "imgctl": "0"{more}}}"#
            );
            serde_json::from_str::<Entry>(&text)
        };
        let theirs = [
            r#""channels": {"stable": true}"#,
            r#""channels": ["stable"]"#,
            r#""channels": []"#,
            r#""shared": {"team": "ci", "accounts": ["1"]}"#,
            r#""shared": "everybody""#,
            r#""deprecated": true"#,
            r#""deprecated": "by ami-2""#,
            r#""deprecated": null"#,
        ];
        for text in theirs {
            let read = of(&format!(", {text}")).unwrap();
            let own = &serde_json::from_str::<Value>(&format!("{{{text}}}")).unwrap();
            let (key, value) = own.as_object().unwrap().iter().next().unwrap();
            // As it was, for all who read the file.
            assert_eq!(&serde_json::to_value(&read).unwrap()[key], value, "{text}");
            let ours = Entry {
                channels: vec![Promotion { channel: "d/stable".into(), ..Promotion::default() }],
                shared: Shared { accounts: ["2".into()].into(), ..Shared::default() },
                deprecated: Some("2031-01-31T00:00:00Z".into()),
                id: "ami-1".into(),
                cloud: "ec2".into(),
                ..Entry::default()
            };
            let mut manifest = Manifest { images: vec![read], ..Manifest::default() };
            manifest.put(ours.clone());
            let written = serde_json::to_string(&manifest).unwrap();
            let again: Manifest =
                serde_json::from_value(crate::json::value(written.as_bytes()).unwrap()).unwrap();
            assert_eq!(again, manifest, "{text}");
            let image = &again.images[0];
            assert_eq!(image.others[&format!("{key}_own")], *value, "{text}");
            assert_eq!((&image.channels, &image.shared), (&ours.channels, &ours.shared), "{text}");
            assert_eq!(image.deprecated, ours.deprecated, "{text}");
        }
        let wrong = of(r#", "verified": {"at": 5, "run": "r"}"#).unwrap_err().to_string();
        assert!(wrong.contains("verified.at of ami-1"), "{wrong}");
    }
}
