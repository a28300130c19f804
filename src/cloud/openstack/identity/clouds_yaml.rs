//! clouds.yaml, secure.yaml and clouds-public.yaml, the files that all OpenStack clients share.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::entry::underscored;
use crate::error::nearest;
use crate::{Error, Result};

/// Variables of the environment, so that tests can bring their own.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The entry of a cloud, secure.yaml merged in and its profile filled in; none if no file has one and none was asked for.
/// `folder` is where the search begins.
pub fn entry(
    wanted: Option<&str>,
    folder: &Path,
    variables: Variables<'_>,
) -> Result<Option<Value>> {
    let public = find("clouds", Some("OS_CLIENT_CONFIG_FILE"), folder, variables)?;
    let secure = find("secure", Some("OS_CLIENT_SECURE_FILE"), folder, variables)?;
    let Some((path, mut document)) = public else {
        return match wanted {
            None => Ok(None),
            Some(name) => Err(Error::config(format!("cloud `{name}`: there is no clouds.yaml"))
                .hint("put one here, in ~/.config/openstack or in /etc/openstack, or name one with OS_CLIENT_CONFIG_FILE")),
        };
    };
    if let Some((_, secure)) = secure {
        merge(&mut document, secure);
    }
    let none = Map::new();
    let clouds = document.get("clouds").and_then(Value::as_object).unwrap_or(&none);
    let name = match (wanted, clouds.keys().next()) {
        (Some(name), _) => name,
        (None, Some(only)) if clouds.len() == 1 => only,
        // Several, and nothing says which: the variables may.
        (None, _) => return Ok(None),
    };
    if let Some(entry) = clouds.get(name) {
        return with_profile(entry.clone(), folder, variables).map(Some);
    }
    let error = Error::config(format!("{} has no cloud `{name}`", path.display()));
    let names: Vec<&str> = clouds.keys().map(String::as_str).collect();
    Err(match nearest(name, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("it has: {}", names.join(", "))),
    })
}

/// The entry with what the vendor's profile says beneath it, where a file of the user's has that.
fn with_profile(mut entry: Value, folder: &Path, variables: Variables<'_>) -> Result<Value> {
    // `cloud` is the older name.
    let named = entry.get("profile").or_else(|| entry.get("cloud")).and_then(Value::as_str);
    let Some(name) = named.map(str::to_owned) else { return Ok(entry) };
    entry["profile"] = name.clone().into();
    let Some((_, vendors)) = find("clouds-public", None, folder, variables)? else {
        return Ok(entry);
    };
    let Some(Value::Object(profile)) = vendors["public-clouds"].get(&name).cloned() else {
        return Ok(entry);
    };
    let mut whole = Value::Object(underscored(profile));
    if let Value::Object(entry) = entry {
        merge(&mut whole, underscored(entry).into());
    }
    Ok(whole)
}

/// The first file of that name: the one a variable names, else here, in the user's own folder, and
/// in the machine's.
fn find(
    stem: &str,
    variable: Option<&str>,
    folder: &Path,
    variables: Variables<'_>,
) -> Result<Option<(PathBuf, Value)>> {
    if let Some(path) = variable.and_then(variables).filter(|path| !path.is_empty()) {
        return read(&PathBuf::from(path)).map(Some);
    }
    let home = variables("HOME").map(|home| Path::new(&home).join(".config"));
    let own =
        variables("XDG_CONFIG_HOME").filter(|path| !path.is_empty()).map(PathBuf::from).or(home);
    let folders = [
        Some(folder.to_owned()),
        own.map(|folder| folder.join("openstack")),
        Some(PathBuf::from("/etc/openstack")),
    ];
    for folder in folders.into_iter().flatten() {
        for ending in ["yaml", "yml", "json"] {
            let path = folder.join(format!("{stem}.{ending}"));
            if path.is_file() {
                return read(&path).map(Some);
            }
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<(PathBuf, Value)> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?;
    // JSON is YAML, too. The message names a line and no value.
    let mut document = serde_norway::from_str(&text).map_err(|error| {
        let place = error.location().map_or(String::new(), |at| format!(" (line {})", at.line()));
        Error::config(format!("{} is not YAML{place}", path.display()))
    })?;
    if !apply_merge_keys(&mut document) {
        return Err(Error::config(format!(
            "{}: `<<` has something else than maps",
            path.display()
        ))
        .hint("write `<<: *NAME`, and `&NAME` at the map that is meant"));
    }
    Ok((path.to_owned(), document))
}

/// YAML's merge keys: maps under `<<` fill in what the map around them lacks, the first of several
/// first, and may have such a key themselves. False: there is something else under one.
fn apply_merge_keys(value: &mut Value) -> bool {
    let map = match value {
        Value::Array(values) => return values.iter_mut().all(apply_merge_keys),
        Value::Object(map) => map,
        _ => return true,
    };
    if !map.values_mut().all(apply_merge_keys) {
        return false;
    }
    let bases = match map.remove("<<") {
        None => return true,
        Some(Value::Array(bases)) => bases,
        Some(base) => vec![base],
    };
    for base in bases {
        let Value::Object(base) = base else { return false };
        for (key, value) in base {
            map.entry(key).or_insert(value);
        }
    }
    true
}

/// Maps merge, anything else of `with` wins.
pub fn merge(into: &mut Value, with: Value) {
    match (into, with) {
        (Value::Object(into), Value::Object(with)) => {
            for (key, value) in with {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, with) => *into = with,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::write;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn passwords_come_from_the_second_file() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("clouds.yaml"), "clouds: {a: {auth: {username: me}}}").unwrap();
        write(folder.path().join("secure.yaml"), "clouds: {a: {auth: {password: pw}}}").unwrap();
        let entry = entry(Some("a"), folder.path(), &nothing).unwrap().unwrap();
        assert_eq!(entry["auth"]["username"], "me");
        assert_eq!(entry["auth"]["password"], "pw");
    }

    #[test]
    fn the_only_cloud_need_not_be_named_and_a_wrong_name_is_told() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("clouds.yml"), "clouds: {production: {}}").unwrap();
        assert!(entry(None, folder.path(), &nothing).unwrap().is_some());
        let error = entry(Some("prodution"), folder.path(), &nothing).unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean `production`?"));
    }

    #[test]
    fn merge_keys_fill_in_what_is_not_said() {
        let folder = tempfile::tempdir().unwrap();
        let text = "\
base: &base {auth: &auth {auth_url: 'https://k', username: all}, region_name: R1}
more: &more {<<: *base, interface: internal}
clouds:
  a: {<<: *more, region_name: R2}
  b: {<<: [{region_name: R3}, *more], auth: {<<: *auth, username: me}}
";
        write(folder.path().join("clouds.yaml"), text).unwrap();
        let read = |name| entry(Some(name), folder.path(), &nothing).unwrap().unwrap();
        let a = read("a");
        assert_eq!(a["auth"]["username"], "all");
        assert_eq!((&a["interface"], &a["region_name"]), (&"internal".into(), &"R2".into()));
        let b = read("b");
        assert_eq!(b["auth"], serde_json::json!({"username": "me", "auth_url": "https://k"}));
        assert_eq!((&b["interface"], &b["region_name"]), (&"internal".into(), &"R3".into()));
        write(folder.path().join("clouds.yaml"), "clouds: {a: {<<: secret}}").unwrap();
        let error = entry(Some("a"), folder.path(), &nothing).unwrap_err();
        assert!(error.to_string().contains("`<<`") && !error.to_string().contains("secret"));
    }

    #[test]
    fn a_profile_is_filled_in_from_the_file_of_vendors() {
        let folder = tempfile::tempdir().unwrap();
        let vendors = "public-clouds: {v: {auth: {auth-url: 'https://v'}, region-name: R1}}";
        write(folder.path().join("clouds-public.yaml"), vendors).unwrap();
        let clouds =
            "clouds: {a: {profile: v, region_name: R2, auth: {username: me}}, b: {profile: w}}";
        write(folder.path().join("clouds.yaml"), clouds).unwrap();
        let read = |name| entry(Some(name), folder.path(), &nothing).unwrap().unwrap();
        let a = read("a");
        assert_eq!(a["auth"], serde_json::json!({"auth_url": "https://v", "username": "me"}));
        assert_eq!(a["region_name"], "R2");
        assert_eq!(read("b"), serde_json::json!({"profile": "w"}));
    }

    #[test]
    fn a_variable_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.yaml");
        write(&path, "clouds: {a: {}, b: {}}").unwrap();
        let variables =
            |name: &str| (name == "OS_CLIENT_CONFIG_FILE").then(|| path.display().to_string());
        assert!(entry(Some("b"), Path::new("/nowhere"), &variables).unwrap().is_some());
        assert!(entry(None, Path::new("/nowhere"), &variables).unwrap().is_none());
    }
}
