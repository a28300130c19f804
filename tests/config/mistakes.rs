//! What a user relies on whose `config.yaml` is wrong.

use serde_json::json;

use crate::project::Project;
use crate::{check, load, load_with, refused};

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
        (
            "ci_image: none",
            "config.yaml:1:1",
            "ci_image: must be a map",
            "write `key: value` below it",
        ),
        (
            "ci_image: [git]",
            "config.yaml:1:1",
            "ci_image: must be a map",
            "write `key: value` below it",
        ),
        (
            "clouds: [local]",
            "config.yaml:1:1",
            "clouds: must be a map, not a list",
            "write `key: value` below it",
        ),
        (
            "clouds: {fake: {distributions: [d]}}",
            "config.yaml:1:17",
            "clouds.fake.distributions: must be a map, not a list",
            "write `key: value` below it",
        ),
        (
            "hosts: {web1: 192.0.2.1}",
            "config.yaml:1:9",
            "hosts.web1: must be a map, not text",
            "write `NAME: {address: …}`",
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
        (
            "ssh: 5",
            "config.yaml:1:1",
            "ssh: must be a map of settings, not the number 5",
            "write `{key: value}` with one of the keys connect_timeout",
        ),
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
