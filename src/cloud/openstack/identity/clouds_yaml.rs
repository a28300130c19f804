//! clouds.yaml, secure.yaml and clouds-public.yaml, which all OpenStack clients read.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::entry::underscored;
use super::merge::merge;
use super::variables::Variables;
use crate::config::yaml::{Lines, Rules, compose};
use crate::error::nearest;
use crate::{Code, Error, Result};

/// The entry of a cloud, with secure.yaml and its profile merged in; none if none was asked for and no
/// file has exactly one. The search begins in `folder`.
///
/// # Errors
/// `Authentication` if the entry or a file that a variable names does not exist, `Config` if a file is not valid or
/// cannot be read.
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
            Some(name) => Err(missing(format!("cloud `{name}`: there is no clouds.yaml"))
                .hint("create it here, in ~/.config/openstack or in /etc/openstack, or set OS_CLIENT_CONFIG_FILE to its path")),
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
        // Several, and none is chosen: the variables may name a cloud.
        (None, _) => return Ok(None),
    };
    if let Some(entry) = clouds.get(name) {
        return with_profile(entry.clone(), folder, variables).map(Some);
    }
    let error = missing(format!("{} has no cloud `{name}`", path.display()));
    let names: Vec<&str> = clouds.keys().map(String::as_str).collect();
    Err(match nearest(name, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("choose one of: {}", names.join(", "))),
    })
}

/// The error for credentials that are named and are nowhere.
fn missing(message: String) -> Error {
    Error::new(Code::Authentication, message)
}

/// The entry, completed by its vendor's profile if the user has a file with that.
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

/// The first file of that name: the one that a variable names, else in `folder`, in the user's
/// configuration and in the machine's.
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
            if path.symlink_metadata().is_ok() {
                return read(&path).map(Some);
            }
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<(PathBuf, Value)> {
    let text = crate::read::text(path).map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => Code::Authentication,
            _ => Code::Config,
        };
        Error::new(code, format!("cannot read {}", path.display()))
            .cause(error)
            .hint("check the file, OS_CLIENT_CONFIG_FILE and OS_CLIENT_SECURE_FILE")
    })?;
    // JSON is YAML, too. Of the line only its key is shown: its value may be a password.
    let document = compose(&text, Rules::SHARED).map_err(|problem| {
        let name = path.display().to_string();
        problem.of_secrets(&name, &Lines::new(&text))
    })?;
    check_shape(path, &document.value)?;
    Ok((path.to_owned(), document.value))
}

/// Refuses other values where maps belong: what is below them would be passed over.
fn check_shape(path: &Path, document: &Value) -> Result<()> {
    let wrong = |key: &str| {
        let message = format!("{}: {key} must be a map", path.display());
        Err(Error::config(message)
            .hint("write `clouds: {NAME: {auth: {auth_url: …, username: …}}}`"))
    };
    let is_map = |value: &Value| value.is_object() || value.is_null();
    if !is_map(document) {
        return wrong("the top level");
    }
    for section in ["clouds", "public-clouds"] {
        let clouds = &document[section];
        if !is_map(clouds) {
            return wrong(section);
        }
        for (name, entry) in clouds.as_object().into_iter().flatten() {
            if !is_map(entry) {
                return wrong(&format!("{section}.{name}"));
            }
            if !is_map(&entry["auth"]) {
                return wrong(&format!("{section}.{name}.auth"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::write;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn passwords_are_read_from_secure_yaml() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("clouds.yaml"), "clouds: {a: {auth: {username: me}}}").unwrap();
        write(folder.path().join("secure.yaml"), "clouds: {a: {auth: {password: pw}}}").unwrap();
        let entry = entry(Some("a"), folder.path(), &nothing).unwrap().unwrap();
        assert_eq!(entry["auth"]["username"], "me");
        assert_eq!(entry["auth"]["password"], "pw");
    }

    /// PyYAML reads some of these as numbers or dates, and other clients send them as they print.
    #[test]
    fn what_looks_like_a_number_is_text_as_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let values = [
            "12345678901234567890123456789012",
            "123e12",
            "12e5",
            "007",
            "1.10",
            "0x1F",
            "+1",
            ".inf",
            "true",
            "Yes",
            "2026-11-28",
            "1_000",
        ];
        for value in values {
            let text = format!(
                "clouds: {{a: {{region_name: {value}, auth: {{password: {value}, project_id: {value}}}}}}}"
            );
            write(folder.path().join("clouds.yaml"), text).unwrap();
            let entry = entry(Some("a"), folder.path(), &nothing).unwrap().unwrap();
            for at in ["/auth/password", "/auth/project_id", "/region_name"] {
                assert_eq!(entry.pointer(at).and_then(Value::as_str), Some(value));
            }
        }
        write(folder.path().join("clouds.yaml"), "clouds: {a: {auth: {password: }}}").unwrap();
        assert!(
            entry(Some("a"), folder.path(), &nothing).unwrap().unwrap()["auth"]["password"]
                .is_null()
        );
    }

    #[test]
    fn the_only_cloud_need_not_be_named_and_a_wrong_name_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path().join("clouds.yml"), "clouds: {production: {}}").unwrap();
        assert!(entry(None, folder.path(), &nothing).unwrap().is_some());
        let error = entry(Some("prodution"), folder.path(), &nothing).unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean `production`?"));
    }

    #[test]
    fn merge_keys_supply_what_is_missing() {
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
    fn an_error_names_its_line_and_shows_no_value() {
        let folder = tempfile::tempdir().unwrap();
        let text = "clouds:\n  a:\n    auth: {password: secret, - }\n";
        write(folder.path().join("clouds.yaml"), text).unwrap();
        let error = entry(Some("a"), folder.path(), &nothing).unwrap_err();
        let place = error.place().unwrap();
        assert_eq!((place.line, place.text.as_deref()), (Some(3), Some("    auth: ***")));
        assert!(place.file.ends_with("clouds.yaml") && !error.to_string().contains("secret"));
        // The rest of a password that its owner did not quote.
        let text = "clouds: {a: {auth: {password: some\n    words: *}}}\n";
        write(folder.path().join("clouds.yaml"), text).unwrap();
        let error = entry(Some("a"), folder.path(), &nothing).unwrap_err();
        let place = error.place().unwrap();
        assert_eq!((place.line, place.text.as_deref()), (Some(2), Some("    ***")));
    }

    #[test]
    fn a_profile_is_read_from_clouds_public_yaml() {
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
