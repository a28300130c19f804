//! What a user of `config.yaml` relies on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it stands")]

use std::time::Duration;

use imgctl::Error;
use imgctl::config::{Config, Given, fake};
use serde_json::json;

#[path = "support/beds.rs"]
mod beds;
#[path = "config/ci_image.rs"]
mod ci_image;
#[path = "config/ci_image_values.rs"]
mod ci_image_values;
#[path = "config/hosts.rs"]
mod hosts;
#[path = "config/mistakes.rs"]
mod mistakes;
#[path = "config/patterns.rs"]
mod patterns;
#[path = "support/project.rs"]
mod project;
#[path = "config/schema.rs"]
mod schema;
#[path = "config/shipped.rs"]
mod shipped;
#[path = "config/values.rs"]
mod values;
#[path = "config/variables.rs"]
mod variables;
#[path = "config/vars.rs"]
mod vars;
use project::{Project, Ran};

fn load_with(yaml: &str, overrides: &[(&str, &str)]) -> Result<Config, Error> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
    let overrides: Vec<_> =
        overrides.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::load(folder.path(), &Given { overrides: &overrides, ..Given::default() })
}

fn load(yaml: &str) -> Config {
    load_with(yaml, &[]).unwrap().with_environment([
        ("SET", "from-env"),
        ("EMPTY", ""),
        ("SEVEN", "7"),
    ])
}

/// The error of a value that is read from a file that is right.
fn shown(error: &Error) -> String {
    let place = error.place().map(|place| format!("{place}: ")).unwrap_or_default();
    format!("{place}{error} | {}", error.hint_text().unwrap_or("-"))
}

/// As messages list them.
fn clouds() -> String {
    Config::clouds().collect::<Vec<_>>().join(", ")
}

/// What the program says to a `config.yaml`.
fn check(yaml: &str) -> Ran {
    let project = Project::new();
    project.write("config.yaml", yaml);
    project.imgctl(&["check"])
}

/// A file is refused with this message, at this place, with this hint; `-` for none.
fn refused((yaml, place, message, hint): (&str, &str, &str, &str)) {
    let message = message.replace("CLOUDS", &clouds());
    let ran =
        check(yaml).fails(2).says(&format!("error: {message}\n")).says(&format!("--> {place}\n"));
    match hint {
        "-" => drop(ran.never_says("hint:")),
        hint => drop(ran.hints(hint)),
    }
}

fn fake_settings(config: &Config, region: &str, distribution: &str) -> fake::Settings {
    config.select(Some("fake"), Some(region), Some(distribution)).unwrap().provider().unwrap()
}

#[test]
fn without_a_file_the_shipped_defaults_select_a_local_debian() {
    let folder = tempfile::tempdir().unwrap();
    let selection =
        Config::load(folder.path(), &Given::default()).unwrap().select(None, None, None).unwrap();
    assert_eq!((selection.cloud.as_str(), selection.region.as_str()), ("local", ""));
    assert_eq!(selection.distribution, "debian12");
    assert_eq!(selection.name(), "imgctl-debian12");
    assert!(selection.common.username.is_some());
}

#[test]
fn the_template_says_what_the_shipped_defaults_say() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = Config::load(folder.path(), &Given::default()).unwrap();
    let template = load(Config::template());
    assert_eq!(template.get("").unwrap(), shipped.get("").unwrap());
}

#[test]
fn the_template_with_every_comment_taken_away_is_right_too() {
    let commented_key = |line: &str| {
        let text = line.trim_start().strip_prefix("# ")?;
        let key = text.split(':').next()?;
        let word = key.trim_start_matches("  ");
        let is_key = text.contains(':') && !word.is_empty() && !word.contains(' ');
        is_key.then(|| line.replacen("# ", "", 1))
    };
    let yaml: String = Config::template()
        .lines()
        .map(|line| commented_key(line).unwrap_or_else(|| line.to_owned()) + "\n")
        .map(|line| line.replace("#   #cloud-config", "  #cloud-config"))
        .collect();
    assert!(yaml.contains("\n  jump: [") && yaml.contains("\n        key_file: "), "{yaml}");
    let common = load(&yaml).select(None, None, None).unwrap().common;
    assert_eq!(common.ssh.idle_timeout, Some(Duration::from_secs(20 * 60)));
    assert_eq!(common.tags["team"], "infrastructure");
}

#[test]
fn each_level_overrides_the_one_above_and_maps_merge_but_lists_do_not() {
    let config = load(
        "
defaults: {username: default, tags: {a: defaults, b: defaults}, ssh: {jump: [one, two]}}
clouds:
  fake:
    fail_at: 1
    kill_at: 1
    base: cloud
    username: cloud
    tags: {b: cloud, c: cloud}
    ssh: {jump: [three]}
    distributions:
      linux: {kill_at: 3, username: distribution}
    regions:
      here:
        fail_at: 2
        kill_at: 2
        tags: {c: region}
        distributions:
          linux: {base: both}
      there:
",
    );
    let here = config.select(Some("fake"), Some("here"), Some("linux")).unwrap();
    let settings: fake::Settings = here.provider().unwrap();
    assert_eq!((settings.fail_at, settings.kill_at), (Some(2), Some(3)));
    assert_eq!(settings.base.as_deref(), Some("both"));
    assert_eq!(here.common.username.as_deref(), Some("distribution"));
    assert_eq!(json!(here.common.tags), json!({"a": "defaults", "b": "cloud", "c": "region"}));
    assert_eq!(here.common.ssh.jump, ["three"]);

    let there = fake_settings(&config, "there", "linux");
    assert_eq!((there.fail_at, there.base.as_deref()), (Some(1), Some("cloud")));
}

#[test]
fn a_base_image_is_replaced_as_a_whole() {
    let config =
        load("clouds: {local: {distributions: {debian12: {base: {file: /images/debian.qcow2}}}}}");
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.provider["base"], json!({"file": "/images/debian.qcow2"}));
    // What is shipped for the distribution is not in its way.
    let config = load("clouds: {local: {base: {image: agent-7}}}");
    let selection = config.select(Some("local"), None, Some("debian12")).unwrap();
    assert_eq!(selection.provider["base"], json!({"image": "agent-7"}));
}

#[test]
fn a_key_with_nothing_behind_it_takes_the_setting_away_but_an_empty_section_says_nothing() {
    let config = load(
        "
ssh:
clouds:
  local:
  fake:
    fail_at: 1
    distributions:
      linux: {fail_at: }
      debian12:
ci_image:
",
    );
    assert_eq!(fake_settings(&config, "", "linux").fail_at, None);
    assert_eq!(fake_settings(&config, "", "debian12").fail_at, Some(1));
    let selection = config.select(None, None, None).unwrap();
    assert_eq!(selection.common.ssh.connect_timeout, Duration::from_secs(120));
    assert!(config.get("ci_image.packages.debian").unwrap().is_some());
}

#[test]
fn the_command_line_is_above_the_file() {
    let file = "clouds: {fake: {fail_at: 1, regions: {here: {fail_at: 2}}}}";
    let sets = [
        ("fail_at", "9"),
        ("clouds.fake.regions.here.kill_at", "8"),
        ("ssh.connect_timeout", "5s"),
        ("ci_image.packages.debian", "[one, two]"),
        ("tags", "{owner: me}"),
    ];
    let config = load_with(file, &sets).unwrap();
    let selection = config.select(Some("fake"), None, None).unwrap();
    let settings: fake::Settings = selection.provider().unwrap();
    assert_eq!(selection.region, "here", "the only region there is");
    assert_eq!((settings.fail_at, settings.kill_at), (Some(9), Some(8)));
    assert_eq!(selection.common.ssh.connect_timeout, Duration::from_secs(5));
    assert_eq!(selection.common.tags["owner"], "me");
    assert_eq!(config.get("ci_image.packages.debian").unwrap(), Some(json!(["one", "two"])));
}

#[test]
fn a_wrong_set_is_refused_by_its_name() {
    let cases = [
        (("fail_att", "1"), "--set fail_att: unknown key fail_att | did you mean `fail_at`?"),
        (
            ("fail_at", "often"),
            "--set fail_at: fail_at: must be a whole number, 0 or more, not the text `often` | -",
        ),
        (
            ("clouds.fke.x", "1"),
            "--set clouds.fke.x: unknown key clouds.fke | did you mean `fake`?",
        ),
        (
            ("cloud", "fake"),
            "`cloud` is not a setting | choose it with `cloud:NAME`, or set defaults.cloud",
        ),
        (
            ("a..b", "1"),
            "--set a..b: `a..b` is not a key | write names with single dots between them: ssh.connect_timeout",
        ),
    ];
    for ((key, value), expected) in cases {
        let error = load_with("", &[(key, value)]).err().expect(key);
        assert_eq!(shown(&error), expected);
    }
    // Right for one cloud, wrong for the one that is used.
    let config = load_with("", &[("fail_at", "1")]).unwrap();
    let error = config.select(Some("local"), None, None).unwrap_err();
    assert_eq!(shown(&error), "--set fail_at: fail_at: not a setting of cloud local | -");
}

#[test]
fn anchors_and_merge_keys_work() {
    let config = load("custom:\n  a: &a {x: 1}\n  b: {<<: *a, y: 2}\n  c: *a\n");
    assert_eq!(config.get("custom.b").unwrap(), Some(json!({"x": 1, "y": 2})));
    assert_eq!(config.get("custom.c.x").unwrap(), Some(json!(1)));
}

#[test]
fn unreadable_files_are_told_apart_from_absent_ones() {
    let folder = tempfile::tempdir().unwrap();
    let missing = [folder.path().join("other.yaml")];
    let given = Given { files: &missing, ..Given::default() };
    let error = Config::load(folder.path(), &given).err().unwrap();
    assert!(shown(&error).contains("other.yaml: No such file"), "{error}");

    std::fs::write(&missing[0], b"a: \xff").unwrap();
    let error = Config::load(folder.path(), &given).err().unwrap();
    assert!(shown(&error).contains("other.yaml: it is not UTF-8 text"), "{error}");

    std::fs::create_dir(folder.path().join("config.yaml")).unwrap();
    let error = Config::load(folder.path(), &Given::default()).err().unwrap();
    assert!(shown(&error).contains("config.yaml: Is a directory"), "{error}");
}

#[test]
fn unknown_clouds_regions_and_distributions_name_the_known_ones() {
    let config = load("clouds: {fake: {regions: {here: , there: }}}");
    let select = |cloud, region, distribution| {
        shown(&config.select(cloud, region, distribution).unwrap_err())
    };
    assert_eq!(select(Some("lokal"), None, None), "unknown cloud `lokal` | did you mean `local`?");
    let known = format!("unknown cloud `azure` | use one of: {}", clouds());
    assert_eq!(select(Some("azure"), None, None), known);
    assert_eq!(
        select(Some("fake"), Some("mars"), None),
        "unknown region `mars` of cloud fake | use one of: here, there"
    );
    assert_eq!(
        select(Some("local"), Some("mars"), None),
        "cloud local has no regions, so there is no region mars \
         | omit `region:`, or put `cloud:` before it"
    );
    assert_eq!(
        select(Some("local"), None, Some("debian11")),
        "unknown distribution `debian11` of cloud local | did you mean `debian12`?"
    );
}

#[test]
fn a_cloud_may_have_its_own_usual_region_and_distribution() {
    let config = load(
        "
defaults: {cloud: local, region: nowhere, distribution: debian12}
clouds: {fake: {region: b, distribution: linux, regions: {a: , b: }}}
",
    );
    let selection = config.select(Some("fake"), None, None).unwrap();
    assert_eq!((&*selection.region, &*selection.distribution), ("b", "linux"));
    assert_eq!(config.select(None, None, None).unwrap().region, "");
}
