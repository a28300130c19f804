//! What a user of `config.yaml` relies on.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it stands")]

use std::path::Path;
use std::time::Duration;

use imgctl::Error;
use imgctl::config::{Config, Given, fake};
use serde_json::json;

#[path = "support/beds.rs"]
mod beds;
#[path = "config/ci_image.rs"]
mod ci_image;
#[path = "config/hosts.rs"]
mod hosts;
#[path = "config/patterns.rs"]
mod patterns;
#[path = "support/project.rs"]
mod project;
#[path = "config/schema.rs"]
mod schema;
#[path = "config/values.rs"]
mod values;
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

#[test]
fn unknown_keys_are_refused_at_every_level_with_the_nearest_known_one() {
    let cases = [
        ("clods: {}", "config.yaml:1:1", "unknown key clods", "did you mean `clouds`?"),
        (
            "defaults: {clowd: local}",
            "config.yaml:1:12",
            "unknown key defaults.clowd",
            "did you mean `cloud`?",
        ),
        (
            "username: me",
            "config.yaml:1:1",
            "unknown key username",
            "put `username` under `defaults:` or under a cloud",
        ),
        (
            "ssh:\n  conect_timeout: 1m",
            "config.yaml:2:3",
            "unknown key ssh.conect_timeout",
            "did you mean `connect_timeout`?",
        ),
        (
            "clouds: {locl: {}}",
            "config.yaml:1:10",
            "unknown key clouds.locl",
            "did you mean `local`?",
        ),
        (
            "clouds: {fake: {fail: 1}}",
            "config.yaml:1:17",
            "unknown key clouds.fake.fail",
            "use one of: region, distribution, regions, distributions, world, journal, answers, strict, fail_at, fail_after, kill_at, kill_after, panic_at, lacks, base, username, name, key_pair, key_file, public_key_file, user_data, user_data_file, tags, ssh",
        ),
        (
            "clouds: {fake: {regions: {r: {fail_att: '${UNSET}'}}}}",
            "config.yaml:1:31",
            "unknown key clouds.fake.regions.r.fail_att",
            "did you mean `fail_at`?",
        ),
        (
            "clouds: {fake: {distributions: {d: {ssh: {jmp: []}}}}}",
            "config.yaml:1:43",
            "unknown key clouds.fake.distributions.d.ssh.jmp",
            "did you mean `jump`?",
        ),
        (
            "clouds: {fake: {regions: {r: {distributions: {a.b: {wrld: x}}}}}}",
            "config.yaml:1:53",
            "unknown key clouds.fake.regions.r.distributions.\"a.b\".wrld",
            "did you mean `world`?",
        ),
        (
            "clouds: {local: {regions: {}}}",
            "config.yaml:1:18",
            "clouds.local.regions: cloud local has no regions",
            "-",
        ),
    ];
    cases.into_iter().for_each(refused);
}

#[test]
fn what_belongs_together_is_judged_together() {
    let local = |base: &str| format!("clouds: {{local: {{base: {base}}}}}");
    load(&local("{url: 'https://mirror/a.qcow2', sha256: '${SUM}'}"));
    let sum = "0".repeat(64);
    load(&local(&format!("{{url: 'https://mirror/a.qcow2', sha256: '{sum}'}}")));
    check(&local("{url: 'https://mirror/a.qcow2'}"))
        .fails(2)
        .says("error: clouds.local.base: `url` needs `sha256`");
    check(&local("{url: 'https://mirror/a.qcow2', sha265: '0'}"))
        .fails(2)
        .says("error: unknown key clouds.local.base.sha265\n")
        .hints("did you mean `sha256`?");
}

#[test]
fn wrong_types_are_refused_in_the_words_of_the_file() {
    let cases = [
        (
            "- a",
            "config.yaml:1:1",
            "the top level must be a map of defaults, ssh, limits, images, bake, matrix, manifest, publish, clouds, ci_image, ci_image_profiles, hosts, vars, custom",
            "-",
        ),
        ("ci_image: none", "config.yaml:1:1", "ci_image: must be a map", "-"),
        ("ci_image: [git]", "config.yaml:1:1", "ci_image: must be a map", "-"),
        ("clouds: [local]", "config.yaml:1:1", "clouds: must be a map", "-"),
        (
            "clouds: {fake: {distributions: [d]}}",
            "config.yaml:1:17",
            "clouds.fake.distributions: must be a map",
            "-",
        ),
        (
            "clouds: {fake: {fail_at: yes}}",
            "config.yaml:1:17",
            "clouds.fake.fail_at: must be a whole number, 0 or more, not the text `yes`",
            "-",
        ),
        (
            "clouds: {fake: {fail_at: -1}}",
            "config.yaml:1:17",
            "clouds.fake.fail_at: must be a whole number, 0 or more, not the number -1",
            "-",
        ),
        (
            "clouds: {fake: {username: 5}}",
            "config.yaml:1:17",
            "clouds.fake.username: must be text, not the number 5",
            "put it in quotes",
        ),
        ("ssh: {jump: [a, [b]]}", "config.yaml:1:17", "ssh.jump[1]: must be text, not a list", "-"),
        ("ssh: 5", "config.yaml:1:1", "ssh: must be a map of settings, not the number 5", "-"),
        (
            "ssh: {idle_timeout: ten}",
            "config.yaml:1:7",
            "ssh.idle_timeout: `ten` is not a duration such as 90s, 10m or 1h30m",
            "-",
        ),
        (
            "ssh: {idle_timeout: -3s}",
            "config.yaml:1:7",
            "ssh.idle_timeout: `-3s` is not a duration such as 90s, 10m or 1h30m",
            "-",
        ),
        (
            "defaults: {cloud: clown}",
            "config.yaml:1:12",
            "defaults.cloud: `clown` is not one of CLOUDS",
            "-",
        ),
        (
            "defaults: {distribution: 12}",
            "config.yaml:1:12",
            "defaults.distribution: must be a name",
            "put it in quotes",
        ),
        (
            "custom: {a: ['${B']}",
            "config.yaml:1:14",
            "custom.a[0]: has a `${` that is never closed",
            "write ${NAME} or ${NAME:-default}; $$ is a plain $",
        ),
        (
            "custom: {a: '${b c}'}",
            "config.yaml:1:10",
            "custom.a: has `${b c}`, which is not an environment variable",
            "write ${NAME} or ${NAME:-default}; $$ is a plain $",
        ),
    ];
    cases.into_iter().for_each(refused);
}

#[test]
fn all_mistakes_are_reported_at_once_each_with_its_line() {
    let ran = check("ssh: {jmp: []}\nclouds:\n  fake: {fail_at: x}\n").fails(2);
    assert_eq!(
        ran.stderr,
        "\
error: 2 settings in config.yaml are wrong
 --> config.yaml:1:7
  |
1 | ssh: {jmp: ***
  |       ^^^ unknown key ssh.jmp (did you mean `jump`?)
 --> config.yaml:3:10
  |
3 |   fake: {fail_at: x}
  |          ^^^^^^^ clouds.fake.fail_at: must be a whole number, 0 or more, not the text `x`
"
    );
    let error = load_with("ssh: {jmp: []}\nclouds: {fake: {fail_at: x}}\n", &[]).err().unwrap();
    assert_eq!(error.causes()[0], "config.yaml:1:7: unknown key ssh.jmp (did you mean `jump`?)");
    let many: String = (0..50).map(|number| format!("  key{number}: 1\n")).collect();
    check(&format!("ssh:\n{many}"))
        .fails(2)
        .says("error: 50 settings")
        .says("  caused by: 30 more\n");
}

#[test]
fn an_error_shows_the_line_with_a_caret_under_the_place() {
    let ran = check("clouds:\n  fake:\n    fail_at: often\n").fails(2);
    assert_eq!(
        ran.stderr,
        "\
error: clouds.fake.fail_at: must be a whole number, 0 or more, not the text `often`
 --> config.yaml:3:5
  |
3 |     fail_at: often
  |     ^^^^^^^
"
    );
    let ran = check("ssh:\n\tjump: []\n").fails(2);
    assert_eq!(
        ran.stderr,
        "\
error: config.yaml is not valid YAML
 --> config.yaml:2:2
  |
2 |     jump: []
  |     ^
  caused by: tabs disallowed within this context (block indentation)
hint: indent YAML with spaces, not with tabs
"
    );
    let json = Project::new();
    json.write("config.yaml", "clods: {}\n");
    let ran = json.imgctl(&["--output", "json", "check"]).fails(2);
    // The last event tells the exit code.
    let error = ran.stdout.lines().rev().nth(1).unwrap();
    let error: serde_json::Value = serde_json::from_str(error).unwrap();
    assert_eq!(error["message"], "unknown key clods");
    assert_eq!(error["place"], "config.yaml:1:1");
    assert_eq!((&error["file"], &error["line"]), (&json!("config.yaml"), &json!(1)));
    assert_eq!(error["column"], 1);
}

/// The value of a key that may be a misspelt one of a secret is not shown, nor that of a secret.
#[test]
fn the_line_of_an_error_shows_no_secret() {
    let cases = [
        ("clouds: {gce: {credentials: {pasword: hunter2}}}", "1 | clouds: {gce: {credentials: ***"),
        ("defaults:\n  pasword: hunter2\n", "2 |   pasword: ***"),
        ("defaults:\n  user_data: [hunter2]\n", "2 |   user_data: ***"),
        ("defaults:\n  tags: {token: [hunter2]}\n", "2 |   tags: {token: ***"),
        ("ci_image:\n  agent: {key: hunter2\n", "2 |   agent: ***"),
        (
            "defaults: {username: [a]}  # http://me:hunter2@mirror/",
            "1 | defaults: {username: [a]}  # http:// ***",
        ),
    ];
    for (yaml, line) in cases {
        check(yaml).fails(2).says(&format!("\n{line}\n")).never_says("hunter2");
    }
    // Nor is it in the message.
    check("clouds: {gce: {credentials: hunter2}}")
        .fails(2)
        .says("error: clouds.gce.credentials: must be a map of settings, not the text\n")
        .never_says("hunter2");
    check("clouds: {gce: {credentials: {private_key: '${hunter2'}}}")
        .fails(2)
        .never_says("hunter2");
    // A line that continues the value of a secret.
    for yaml in ["ci_image:\n  password: >\n    one\n hunter2\n", "defaults:\n  - x: hunter2: y"] {
        check(yaml).fails(2).never_says("hunter2");
    }
}

#[test]
fn broken_yaml_names_line_and_column() {
    let cases = [
        ("clouds:\n  fake: [\n", "config.yaml:2:9", "unclosed bracket '['"),
        ("ssh: {}\nclouds: {}\nssh: {}\n", "config.yaml:3:1", "the key `ssh` is given twice"),
        ("a: 1\n---\nb: 2\n", "config.yaml:2:1", "there is more than one document"),
        ("ci_image: {2: x}", "config.yaml:1:12", "the key `2` is not text"),
        ("ci_image: !magic {}", "config.yaml:1:11", "tags (`!magic`) are not supported"),
        ("ci_image: {size: .inf}", "config.yaml:1:18", "this is not a finite number"),
    ];
    for (yaml, place, cause) in cases {
        check(yaml)
            .fails(2)
            .says("error: config.yaml is not valid YAML\n")
            .says(&format!("--> {place}\n"))
            .says(&format!("  caused by: {cause}\n"));
    }
    check("ci_image: {2: x}").fails(2).hints("put the key in quotes");
}

#[test]
fn a_file_that_doubles_itself_is_refused_at_once() {
    let mut yaml = "custom:\n  a0: &a0 x\n".to_owned();
    for level in 1..60 {
        yaml += &format!("  a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1);
    }
    check(&yaml).fails(2).says("aliases repeat more than 100000 values");
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
