//! What a user of `vars`, `--vars`, several `--config` and `IMGCTL_*` relies on.

use imgctl::config::Config;
use serde_json::{Value, json};

use crate::project::Project;
use crate::{check, load, load_with, refused, shown};

fn x(config: &Config, region: &str, distribution: &str) -> Value {
    let found = config.get_for(Some("fake"), Some(region), Some(distribution), "vars.x");
    found.unwrap().unwrap_or_default()
}

#[test]
fn the_closer_level_wins() {
    let levels = [
        ("vars={x: a}", ["a"; 4]),
        ("defaults={vars: {x: b}}", ["b"; 4]),
        ("clouds={fake: {vars: {x: c}, regions: {here: , there: }}}", ["c"; 4]),
        ("clouds={fake: {regions: {here: {vars: {x: d}}}}}", ["c", "c", "d", "d"]),
        ("clouds={fake: {distributions: {linux: {vars: {x: e}}}}}", ["c", "e", "d", "e"]),
        (
            "clouds={fake: {regions: {here: {distributions: {linux: {vars: {x: f}}}}}}}",
            ["c", "e", "d", "f"],
        ),
    ];
    let (mut file, mut sets) = (String::new(), Vec::new());
    for (number, (yaml, expected)) in levels.into_iter().enumerate() {
        let (key, value) = yaml.split_once('=').unwrap();
        // What `--set` says of `vars` is above every level, so that is in the file.
        match number {
            0 => file = format!("{key}: {value}"),
            _ => sets.push((key, value)),
        }
        let config = load_with(&file, &sets).unwrap();
        let places = [("there", "other"), ("there", "linux"), ("here", "other"), ("here", "linux")];
        let found = places.map(|(region, distribution)| x(&config, region, distribution));
        assert_eq!(found, expected.map(Value::from), "with {yaml}");
    }
    sets.push(("vars.x", "g"));
    assert_eq!(x(&load_with(&file, &sets).unwrap(), "here", "linux"), json!("g"));
}

#[test]
fn maps_of_all_levels_are_one_and_an_empty_value_removes_a_key() {
    let config = load(
        "vars: {a: {b: 1, c: 2}, d: 3}\ndefaults: {vars: {a: {c: 4}}}\nclouds: {fake: {vars: {d: }}}",
    );
    let all = config.get_for(Some("fake"), None, Some("linux"), "vars").unwrap().unwrap();
    assert_eq!(all, json!({"a": {"b": 1, "c": 4}}));
}

#[test]
fn a_project_without_a_cloud_has_vars() {
    let config = load("vars: {x: \"${SET} ${SEVEN}\"}\ndefaults: {vars: {y: 1}}");
    let get = |path| config.get_for(None, None, None, path).unwrap();
    assert_eq!(get("vars.x"), Some(json!("from-env 7")));
    assert_eq!(get("vars.y"), Some(json!(1)));
    assert_eq!(get("vars.z"), None);
}

#[test]
fn an_unset_variable_matters_only_where_it_is_read() {
    let config = load("clouds: {fake: {vars: {x: '${UNSET}', y: 1, user_data: '${SET}'}}}");
    let get = |path| config.get_for(Some("fake"), None, Some("linux"), path);
    assert_eq!(get("vars.y").unwrap(), Some(json!(1)));
    assert_eq!(get("vars.user_data").unwrap(), Some(json!("from-env")));
    let begins = "config.yaml:1:24: clouds.fake.vars.x: needs the environment variable UNSET";
    let error = get("vars.x").unwrap_err();
    assert!(shown(&error).starts_with(begins), "{}", shown(&error));
}

/// As `Selection::common` has it.
#[test]
fn ssh_is_what_is_in_force_at_a_place() {
    let file = "ssh: {port: 1, idle_timeout: 1m, jump: [a]}\nclouds: {fake: {ssh: {port: 2}, distributions: \
                {linux: {ssh: {port: 3, jump: }}}}}";
    let get = |config: &Config, distribution, path| {
        config.get_for(Some("fake"), None, Some(distribution), path).unwrap()
    };
    let config = load(file);
    assert_eq!(get(&config, "other", "ssh.port"), Some(json!(2)));
    assert_eq!(get(&config, "linux", "ssh.port"), Some(json!(3)));
    assert_eq!(get(&config, "linux", "ssh.jump"), None);
    let all = get(&config, "linux", "ssh").unwrap();
    assert_eq!((&all["port"], &all["idle_timeout"]), (&json!(3), &json!("1m")));
    assert!(all["connect_timeout"].is_string(), "what is shipped: {all}");
    let given = load_with(file, &[("ssh.port", "4")]).unwrap();
    assert_eq!(get(&given, "linux", "ssh.port"), Some(json!(4)));
    let config = load("clouds: {fake: {ssh: {proxy_command: '${UNSET}'}}}");
    let error = config.get_for(Some("fake"), None, Some("linux"), "ssh").unwrap_err();
    let begins =
        "config.yaml:1:23: clouds.fake.ssh.proxy_command: needs the environment variable UNSET";
    assert!(shown(&error).starts_with(begins), "{}", shown(&error));
}

#[test]
fn only_maps_are_accepted() {
    refused((
        "vars: 5",
        "config.yaml:1:1",
        "vars: must be a map, not a number",
        "write `key: value` below it",
    ));
    refused((
        "defaults: {vars: [1]}",
        "config.yaml:1:12",
        "defaults.vars: must be a map, not a list",
        "write `key: value` below it",
    ));
    check("vars: {anything: {at: [all, 1]}, ssh: 5}").succeeds();
}

const GET: &str = "print(config::get(\"vars.x\"))";

#[test]
fn files_of_vars_are_above_config_and_below_set() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let own = "vars: {x: file, y: 1}\n";
    project.write("config.yaml", &config.replace("{world:", "{vars: {x: cloud}, world:"));
    project.imgctl(&["run", "-e", GET]).succeeds().prints("cloud\n");
    project.write("config.yaml", &(config + own));
    project.write("one.yaml", "x: one\nz: [1, 2]\n");
    project.write("two.json", "{\"x\": \"two\"}");
    let get = |words: &[&str]| {
        let code = "print(config::get(\"vars.x\") + config::get(\"vars.y\")); print(config::get(\"vars.z\", \"-\"))";
        project.imgctl(&[words, &["run", "-e", code]].concat()).succeeds().stdout
    };
    assert_eq!(get(&[]), "file1\n-\n");
    assert_eq!(get(&["--vars", "one.yaml"]), "one1\n[1, 2]\n");
    assert_eq!(get(&["--vars", "one.yaml", "--vars", "two.json"]), "two1\n[1, 2]\n");
    assert_eq!(get(&["--set", "vars.x=set", "--vars", "two.json"]), "set1\n-\n");
    let ran = project.imgctl_with_setup(&["--vars", "two.json", "run", "-e", GET], |command| {
        command.env("IMGCTL_VARS", "one.yaml\n").env("IMGCTL_SET", "vars.y=2");
    });
    ran.succeeds().prints("two\n");
    project.write("bad.yaml", "a: 1\n\nb: [\n");
    let ran = project.imgctl(&["--vars", "bad.yaml", "status"]).fails(2);
    ran.says("bad.yaml is not valid YAML").says("bad.yaml:3");
    project.write("list.yaml", "- 1\n");
    let ran = project.imgctl(&["--vars", "list.yaml", "status"]).fails(2);
    ran.says("vars: must be a map").says("list.yaml:1");
    project.imgctl(&["--vars", "none.yaml", "status"]).fails(2).hints("check --vars");
}

#[test]
fn later_files_are_laid_over_earlier_ones_and_errors_name_theirs() {
    let project = Project::new();
    project.write("over.yaml", "vars: {x: over}\nssh: {connect_timeout: 5s}\n");
    project.write("top.yaml", "# nothing\nvars: {x: '${UNSET}'}\n");
    project.write("wrong.yaml", "vars: {}\n\nssh: {prot: 1}\n");
    let two = ["--config", "config.yaml", "--config", "over.yaml"];
    project.imgctl(&[&two[..], &["run", "-e", GET]].concat()).succeeds().prints("over\n");
    let three = [&two[..], &["--config", "top.yaml", "run", "-e", GET]].concat();
    let ran = project.imgctl(&three).fails(2);
    ran.says("needs the environment variable UNSET").says("top.yaml:2");
    let ran = project.imgctl(&[&two[..], &["--config", "wrong.yaml", "status"]].concat()).fails(2);
    ran.says("unknown key ssh.prot").says("wrong.yaml:3").hints("did you mean `port`?");
    // What is typed takes the place of the variable.
    let ran = project.imgctl_with_setup(&["--config", "config.yaml", "status"], |command| {
        command.env("IMGCTL_CONFIG", "wrong.yaml");
    });
    ran.succeeds();
    let ran = project.imgctl_with_setup(&["run", "-e", GET], |command| {
        command.env("IMGCTL_CONFIG", "config.yaml\nover.yaml\n");
    });
    ran.succeeds().prints("over\n");
}

#[test]
fn a_name_that_is_not_there_names_the_nearest() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &(config + "vars: {registry: {host: r}}\n"));
    let ran = project.imgctl(&["run", "-e", "config::get(\"vars.registri\")"]).fails(2);
    ran.says("the configuration has no `vars.registri`").hints("did you mean `registry`?");
    let ran = project.imgctl(&["run", "-e", "config::get(\"vars.registry.hots\")"]).fails(2);
    ran.hints("did you mean `host`?");
    let code = "print(config::get(\"vars.registri\", \"none\"))";
    project.imgctl(&["run", "-e", code]).succeeds().prints("none\n");
    project.write("scripts/own.rhai", "//! Own.\nprint(config::get(\"vars.registri\"));\n");
    let ran = project.imgctl(&["check"]);
    ran.says("there is no setting `vars.registri`").hints("did you mean `registry`?");
    project.imgctl(&["check", "--strict"]).fails(2);
}

#[test]
fn values_of_secret_names_are_never_shown() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let own = "vars: {db: {password: hunter2hunter2}, token: '${T}', author: Jane Doe}\n";
    project.write("config.yaml", &(config + own));
    let code = "print(`${config::get(\"vars.db.password\")} ${config::get(\"vars.token\")} ${config::get(\"vars.author\")}`)";
    let ran = project.imgctl_with_setup(&["run", "-e", code], |command| {
        command.env("T", "correct horse battery");
    });
    ran.succeeds().prints("*** *** Jane Doe\n");
}

#[test]
fn a_long_number_of_a_secret_name_is_a_secret_and_a_short_one_is_everywhere() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project
        .write("config.yaml", &(config + "vars: {token: 918273645546, pin: {password: 1234}}\n"));
    let code = "let it = config::get(\"vars\");
print(`${it.token} ${it.pin.password} ${it.x} 918273645546`);
state::set(\"token\", 112358132134, #{ keep: true });
print(state::get(\"token\"));";
    let words = ["run", "-e", code, "--set", "vars.x=1", "--set", "vars.secret=99887766554"];
    project.imgctl(&words).succeeds().prints("*** 1234 1 ***\n***\n");
    let ran = project.imgctl(&["run", "-e", "throw `it is 99887766554`", words[3], words[6]]);
    ran.fails(1).says("it is ***").never_says("99887766554");
}

#[test]
fn a_step_runs_again_when_a_value_changes() {
    let project = Project::new();
    let code = "//! Own.\nstep(\"read\", || { config::get(\"vars.x\"); });\n";
    project.write("scripts/own.rhai", code);
    project.imgctl(&["up"]).succeeds();
    let run = |value: &str| {
        let set = format!("vars.x={value}");
        project.imgctl(&["--set", &set, "own"]).succeeds()
    };
    run("1");
    run("1").says("-- read (done before)");
    run("2").says("the setting vars.x has changed");
}

#[test]
fn a_file_of_vars_has_no_section_in_it() {
    let project = Project::new();
    project.write("more.yaml", "vars:\n  x: 1\n");
    let ran = project.imgctl(&["--vars", "more.yaml", "run", "-e", GET]).fails(2);
    ran.says("more.yaml has its values below `vars:`").hints("leave that line out");
}
