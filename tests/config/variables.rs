//! `${NAME}` in config.yaml, and paths and names that are filled in.

use std::path::Path;

use imgctl::config::{Config, Given, fake};
use serde_json::json;

use super::{load, shown};

#[test]
fn variables_are_filled_in() {
    let config = load(
        r#"
clouds:
  fake:
    journal: "/var/${SET}/${UNSET:-other}-$$${SET}-$x-$${SET}"
    fail_at: ${SEVEN}
    kill_at: ${UNSET:-}
    key_pair: ${EMPTY:-}
    public_key_file: ${EMPTY:-default}
    user_data: ${EMPTY:-default}
custom: {text: "${SEVEN}", url: "http://${SET}:80"}
"#,
    );
    let selection = config.select(Some("fake"), None, None).unwrap();
    let settings: fake::Settings = selection.provider().unwrap();
    assert_eq!(
        settings.journal.as_deref(),
        Some(Path::new("/var/from-env/other-$from-env-$x-${SET}"))
    );
    assert_eq!((settings.fail_at, settings.kill_at), (Some(7), None));
    assert_eq!(selection.common.key_pair, None);
    let public_key_file = selection.common.public_key_file.unwrap();
    assert!(public_key_file.ends_with("default"), "{}", public_key_file.display());
    // A script for the instance has variables of its own.
    assert_eq!(selection.common.user_data.as_deref(), Some("${EMPTY:-default}"));
    assert_eq!(config.get("custom.text").unwrap(), Some(json!("7")));
    assert_eq!(config.get("custom.url").unwrap(), Some(json!("http://from-env:80")));
    assert_eq!(config.get("custom.nothing").unwrap(), None);
}

#[test]
fn an_unset_variable_matters_only_where_its_value_is_used() {
    let config = load(
        "
clouds:
  fake:
    base: ${UNSET}
    regions:
      good: {base: fine}
      bad: {}
custom: {token: '${ALSO_UNSET}', user: me}
",
    );
    config.select(Some("local"), None, None).unwrap();
    config.select(Some("fake"), Some("good"), None).unwrap();
    assert_eq!(config.get("custom.user").unwrap(), Some(json!("me")));

    let error = config.select(Some("fake"), Some("bad"), None).unwrap_err();
    assert_eq!(
        shown(&error),
        "config.yaml:4:5: clouds.fake.base: needs the environment variable UNSET, which is not set \
         | export UNSET, or write ${UNSET:-default} in the configuration"
    );
    let error = config.get("custom").unwrap_err();
    assert!(shown(&error).starts_with("config.yaml:8:10: custom.token: needs"), "{error}");
}

#[test]
fn a_wrong_value_of_a_variable_names_the_key_and_its_place() {
    let yaml = "clouds:\n  fake:\n    distributions:\n      linux:\n        fail_at: ${SET}\n";
    let error = load(yaml).select(Some("fake"), None, Some("linux")).unwrap_err();
    assert_eq!(
        shown(&error),
        "config.yaml:5:9: clouds.fake.distributions.linux.fail_at: must be a whole number, \
         0 or more, not the text `from-env` | -"
    );
    let error = load("ssh: {connect_timeout: '${SET}'}").select(None, None, None).unwrap_err();
    assert!(
        shown(&error).starts_with(
            "config.yaml:1:7: ssh.connect_timeout: `from-env` is not a duration such as 90s"
        ),
        "{error}"
    );
}

/// As a shell takes it; what the file itself says starts at the project.
#[test]
fn a_path_in_a_variable_starts_where_imgctl_is_called() {
    let here = std::env::current_dir().unwrap();
    let key_file = |text: &str| {
        let config = load(&format!("defaults: {{key_file: '{text}', name: '${{SET}}'}}"));
        let selection = config.select(None, None, None).unwrap();
        assert_eq!(selection.name(), "from-env");
        selection.common.key_file.unwrap()
    };
    assert_eq!(key_file("${SET}"), here.join("from-env"));
    assert_eq!(key_file("${SET:-keys/id}"), here.join("from-env"));
    let tagged = load("defaults: {tags: {folder: '${SET}', file: '${SEVEN}'}}");
    let tags = tagged.select(None, None, None).unwrap().common.tags;
    assert_eq!((&*tags["folder"], &*tags["file"]), ("from-env", "7"));
    for own in ["${EMPTY:-keys/id}", "${UNSET:-keys/id}", "keys/${SET}"] {
        assert!(!key_file(own).starts_with(&here), "{own}");
    }
}

#[test]
fn names_are_filled_in_and_key_files_are_found_from_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "defaults: {name: '{distribution}-on-{cloud}', key_file: keys/id}";
    std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
    let config = Config::load(folder.path(), &Given::default()).unwrap();
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.name(), "debian12-on-local");
    assert_eq!(selection.common.key_file, Some(folder.path().join("keys/id")));

    let error = load("defaults: {name: '{dist}'}").select(None, None, None).unwrap_err();
    assert!(
        shown(&error).starts_with("config.yaml:1:12: defaults.name: `{dist}` must be a name"),
        "{error}"
    );
}
