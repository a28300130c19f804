//! An entry of clouds.yaml in one form, from any form that OpenStack's own clients accept.

use serde_json::{Map, Value, json};

use super::keys::{AUTH, is_no, is_yes};
use super::merge::merge;
use crate::{Error, Result};

/// The entry in its usual form: names with `_`, all credentials under `auth`, `project_*` for
/// `tenant_*`, `domain_*` as the domain of user and project, and one region. Of several regions it is
/// the one asked for, else the entry's `region_name`, else the variable's, else the first.
///
/// # Errors
/// `Config` if a region has no name, or a switch is neither on nor off.
pub fn normal(entry: Value, asked: Option<&str>, variable: Option<&str>) -> Result<Value> {
    let Value::Object(entry) = entry else { return Ok(Value::Null) };
    let mut entry = in_region(underscored(entry), asked, variable)?;
    check_switches(&entry)?;
    let inner = match entry.remove("auth") {
        Some(Value::Object(auth)) => auth,
        _ => Map::new(),
    };
    let auth = normal_auth(inner, &mut entry);
    if let Some(interface) = entry.remove("endpoint_type") {
        entry.entry("interface").or_insert(interface);
    }
    if let Some(insecure) = entry.remove("insecure")
        && is_yes(&insecure)
    {
        entry.insert("verify".to_owned(), false.into());
    }
    entry.insert("auth".to_owned(), auth.into());
    Ok(Value::Object(entry))
}

/// Finds a switch of the certificates whose word nobody knows: it would be taken for what was not meant.
fn check_switches(entry: &Map<String, Value>) -> Result<()> {
    for name in ["verify", "insecure"] {
        let Some(value) = entry.get(name) else { continue };
        let is_empty = value.is_null() || value.as_str() == Some("");
        // Some clients take a file of certificates here; they are verified in any case.
        let is_path = name == "verify" && value.as_str().is_some_and(|text| text.contains('/'));
        if !(is_empty || is_path || is_yes(value) || is_no(value)) {
            let message = format!("clouds.yaml: `{name}` is neither true nor false");
            return Err(Error::config(message)
                .hint("write `verify: true`, or `cacert: FILE` for an authority of your own"));
        }
    }
    Ok(())
}

/// The map with `_` for `-` in its names and in those of `auth`.
pub fn underscored(map: Map<String, Value>) -> Map<String, Value> {
    let mut renamed = Map::new();
    for (key, value) in map {
        let value = match value {
            Value::Object(auth) if key == "auth" => underscored(auth).into(),
            value => value,
        };
        match key.contains('-') {
            // A name that was written with `_` takes precedence.
            true => drop(renamed.entry(key.replace('-', "_")).or_insert(value)),
            false => drop(renamed.insert(key, value)),
        }
    }
    renamed
}

/// `auth`, with the keys that belong there and are written beside it.
fn normal_auth(
    mut auth: Map<String, Value>,
    beside: &mut Map<String, Value>,
) -> Map<String, Value> {
    for (from, to) in AUTH.iter().map(|name| (*name, *name)).chain([
        ("auth_token", "token"),
        ("domain_id", "domain_id"),
        ("domain_name", "domain_name"),
    ]) {
        if let Some(value) = beside.remove(from) {
            auth.entry(to).or_insert(value);
        }
    }
    for kind in ["id", "name"] {
        if let Some(tenant) = auth.remove(&format!("tenant_{kind}")) {
            auth.entry(format!("project_{kind}")).or_insert(tenant);
        }
    }
    for kind in ["id", "name"] {
        let Some(domain) = auth.remove(&format!("domain_{kind}")) else { continue };
        for of in ["user", "project"] {
            let has = |kind: &str| auth.contains_key(&format!("{of}_domain_{kind}"));
            if !has("id") && !has("name") {
                auth.insert(format!("{of}_domain_{kind}"), domain.clone());
            }
        }
    }
    auth
}

/// Replaces `regions` by one region, and merges in the values of that region.
fn in_region(
    mut entry: Map<String, Value>,
    asked: Option<&str>,
    variable: Option<&str>,
) -> Result<Map<String, Value>> {
    let listed = match entry.remove("regions") {
        None | Some(Value::Null) => return Ok(entry),
        Some(Value::Array(regions)) => regions,
        Some(only) => vec![only],
    };
    let name = |region: &Value| {
        let name = region.as_str().or_else(|| region["name"].as_str());
        name.map(str::to_owned).ok_or_else(|| {
            Error::config("clouds.yaml: an item of `regions` has no name")
                .hint("write `regions: [NAME]` or `regions: [{name: NAME}]`")
        })
    };
    let names = listed.iter().map(name).collect::<Result<Vec<String>>>()?;
    let said = entry.get("region_name").and_then(Value::as_str);
    let at = |name: Option<&str>| names.iter().position(|known| Some(known.as_str()) == name);
    let chosen = at(asked.or(said).or(variable)).or_else(|| said.is_none().then_some(0));
    let Some((name, region)) = chosen.and_then(|at| Some((names.get(at)?, listed.get(at)?))) else {
        return Ok(entry);
    };
    let mut merged = Value::Object(entry);
    if let Some(values) = region["values"].as_object() {
        merge(&mut merged, underscored(values.clone()).into());
    }
    merge(&mut merged, json!({ "region_name": name }));
    match merged {
        Value::Object(entry) => Ok(entry),
        _ => Ok(Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        normal(crate::config::yaml::value(text).unwrap(), None, Some("R2")).unwrap()
    }

    #[test]
    fn keys_of_auth_may_be_beside_it_and_have_dashes() {
        let found = read(
            "{auth-type: v3token, auth_token: t, tenant-name: ci, domain-name: D, \
             auth: {auth-url: 'https://k', user_domain_id: u}}",
        );
        let auth = json!({"auth_url": "https://k", "token": "t", "project_name": "ci",
            "user_domain_id": "u", "project_domain_name": "D"});
        assert_eq!(found, json!({"auth_type": "v3token", "auth": auth}));
        let both =
            read("{password: beside, auth: {password: inside, project-id: a, project_id: b}}");
        assert_eq!(both["auth"], json!({"password": "inside", "project_id": "b"}));
    }

    #[test]
    fn of_several_regions_the_wanted_one_or_the_first_is_used() {
        let region = |text: &str| read(text)["region_name"].clone();
        assert_eq!(region("regions: [R1, {name: R2}]"), "R2");
        assert_eq!(region("regions: [{name: R1}, R3]"), "R1");
        assert_eq!(region("{region_name: R3, regions: [R1, R2, R3]}"), "R3");
        assert_eq!(region("{region_name: R4, regions: [R1]}"), "R4");
        assert_eq!(region("regions: []"), Value::Null);
        assert!(normal(json!({"regions": [{}]}), None, None).is_err());
        let own =
            read("{interface: public, regions: [R1, {name: R2, values: {interface: internal}}]}");
        assert_eq!(own["interface"], "internal");
    }

    #[test]
    fn insecure_and_endpoint_type_have_newer_names() {
        let found = read("{insecure: true, verify: true, endpoint_type: internalURL}");
        assert_eq!(found, json!({"verify": false, "interface": "internalURL", "auth": {}}));
    }

    #[test]
    fn a_switch_with_a_word_that_nobody_knows_is_refused() {
        for (name, value) in [
            ("verify", json!("nope")),
            ("insecure", json!("nope")),
            ("verify", json!({})),
            ("insecure", json!(7)),
        ] {
            let error = normal(json!({ name: value }), None, None).unwrap_err();
            assert!(error.message().contains(&format!("`{name}` is neither true nor false")));
        }
    }
}
