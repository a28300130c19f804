//! Steps run again when anything has changed that they read, and not otherwise.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use crate::project::{Project, Ran};

const SCRIPT: &str = r#"//! One step for each kind of input.
let host = cloud::host();
step("put", || host.put("files/motd", "/srv/motd"));
step("tree", || host.put("files/tree", "/srv/tree"));
step("template", || host.template("files/page.j2", "/srv/page", #{ port: 80 }, #{}));
step("read", || fs::read("files/text"));
step("checksum", || sha256::file("files/sum"));
step("lookup", || dictionary::get("files/ids.yaml", "a"));
step("glob", || fs::glob("conf/*.conf"));
step("list", || fs::list("listed"));
step("exists", || fs::exists("files/maybe"));
step("tried", || { try { fs::read("files/tried") } catch { "none" } });
step("setting", || config::get("custom.greeting"));
step("image", || config::get("ci_image.packages"));
step("absent", || config::get("custom.absent", "none"));
step("variable", || env::get("BRANCH", "main"));
step("secret", || secret::env("TOKEN"));
step("secret file", || secret::file("files/pin"));
step("arguments", || args::text());
step("module", || { let name = "../modules/" + "tool"; import name as tool; tool::work() });
step("task", || task::run("other"));
"#;

const CONFIG: &str = "\
defaults: {cloud: fake, distribution: debian12}
clouds:
  fake:
    world: world.json
    journal: journal.txt
    answers: answers.yaml
    strict: true
    distributions: {debian12: {ci_image: {packages: {debian: [git]}}}}
custom: {greeting: hello, other: x}
";

fn project() -> Project {
    let project = Project::new();
    project.write("config.yaml", CONFIG);
    project.write("scripts/mine.rhai", SCRIPT);
    project.write("scripts/other.rhai", "fs::read(\"files/of-the-task\")\n");
    project.write("modules/tool.rhai", "fn work() { 1 }\n");
    for name in ["motd", "tree/a", "tree/deep/b", "text", "sum", "pin", "of-the-task"] {
        project.write(&format!("files/{name}"), name);
    }
    project.write("files/pin", "4711");
    project.write("files/page.j2", "port {{ port }}\n");
    project.write("files/ids.yaml", "a: b\nc: d\n");
    project.write("conf/one.conf", "1");
    project.write("listed/one", "1");
    project
}

pub fn run(project: &Project, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    project.imgctl_with_setup(words, |command| {
        command.env("TOKEN", "t").envs(variables.iter().copied());
    })
}

/// The steps that were not skipped.
pub fn done(ran: &Ran) -> BTreeSet<String> {
    let name = |line: &str| {
        let line = line.trim_start().strip_prefix("ok ")?;
        Some(line.rsplit_once(" (")?.0.to_owned())
    };
    ran.stderr.lines().filter_map(name).filter(|name| name != "mine" && name != "other").collect()
}

pub fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What a user changes: on disk, and on the command line.
type Change = fn(&Project);

#[test]
fn a_step_is_repeated_when_what_it_read_has_changed_and_no_other_is() {
    let project = project();
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]), "nothing has changed");
    let cases: [(&[&str], &str, Change); 22] = [
        (&["put"], "files/motd has changed", |p| p.write("files/motd", "MOTD")),
        (&["tree"], "files/tree", |p| p.write("files/tree/deep/b", "B")),
        (&["tree"], "files/tree", |p| p.write("files/tree/new", "")),
        (&["tree"], "files/tree", |p| {
            std::fs::remove_file(p.path().join("files/tree/new")).unwrap()
        }),
        (&["tree"], "files/tree", |p| {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(p.path().join("files/tree/a"), mode).unwrap();
        }),
        (&["template"], "the file files/page.j2", |p| {
            p.write("files/page.j2", "Port {{ port }}\n")
        }),
        (&["read"], "the file files/text", |p| p.write("files/text", "TEXT")),
        (&["checksum"], "the file files/sum", |p| p.write("files/sum", "SUM")),
        (&["lookup"], "the file files/ids.yaml", |p| p.write("files/ids.yaml", "a: c\n")),
        (&["glob"], "the list of files that match conf/*.conf", |p| p.write("conf/two.conf", "2")),
        (&["list"], "the list of files in listed", |p| p.write("listed/two", "2")),
        (&["exists"], "files/maybe exists now", |p| p.write("files/maybe", "")),
        (&["exists"], "files/maybe does not exist any more", |p| {
            std::fs::remove_file(p.path().join("files/maybe")).unwrap();
        }),
        (&["tried"], "the file files/tried exists now", |p| p.write("files/tried", "")),
        (&["setting"], "the setting custom.greeting has changed", |p| {
            p.write("config.yaml", &CONFIG.replace("hello", "hi"));
        }),
        (&["image"], "the setting ci_image.packages", |p| {
            let text = CONFIG.replace("hello", "hi").replace("[git]", "[git, curl]");
            p.write("config.yaml", &text);
        }),
        (&["absent"], "the setting custom.absent is set now", |p| {
            let text = CONFIG.replace("hello, ", "hi, absent: 1, ");
            p.write("config.yaml", &text.replace("[git]", "[git, curl]"));
        }),
        (&["secret file"], "the file files/pin", |p| p.write("files/pin", "5678")),
        (&["module"], "the module", |p| p.write("modules/tool.rhai", "fn work() { 2 }\n")),
        (&["task"], "the task other", |p| {
            p.write("scripts/other.rhai", "fs::read(\"files/of-the-task\") + 1\n");
        }),
        (&["task"], "the file files/of-the-task", |p| p.write("files/of-the-task", "2")),
        (&["read"], "its text", |p| {
            p.write(
                "scripts/mine.rhai",
                &SCRIPT.replace("fs::read(\"files/text\")", "fs::read(\"files/text\") + 1"),
            );
        }),
    ];
    for (steps, why, change) in cases {
        change(&project);
        let told = run(&project, &["status", "--steps"], &[]).succeeds();
        let again: Vec<&str> =
            told.stdout.lines().filter(|line| line.starts_with("step to do again: ")).collect();
        assert!(
            again.len() == 1
                && again[0].starts_with(&format!("step to do again: mine: {}: ", steps[0])),
            "{why}:\n{told}"
        );
        assert!(again[0].contains(why), "{why}: {again:?}");
        let ran = run(&project, &["mine"], &[]).succeeds().says(why);
        assert_eq!(done(&ran), names(steps), "{why}:\n{ran}");
        let next = run(&project, &["mine"], &[]).succeeds();
        assert_eq!(done(&next), names(&[]), "after {why}:\n{next}");
    }
}

#[test]
fn what_the_command_line_and_the_environment_say_counts_as_well() {
    let project = project();
    run(&project, &["up", "mine"], &[]).succeeds();
    let ran = run(&project, &["mine"], &[("BRANCH", "next")]).succeeds();
    assert_eq!(done(&ran.says("the variable BRANCH is set now")), names(&["variable"]));
    let ran = run(&project, &["mine"], &[("BRANCH", "next"), ("TOKEN", "u")]).succeeds();
    assert_eq!(done(&ran.says("the variable TOKEN has changed")), names(&["secret"]));
    let same = [("BRANCH", "next"), ("TOKEN", "u")];
    let ran = run(&project, &["--set", "custom.greeting=hey", "mine"], &same).succeeds();
    assert_eq!(done(&ran.says("the setting custom.greeting")), names(&["setting"]));
    let ran = run(&project, &["--set", "custom.greeting=hey", "mine:fast=true"], &same).succeeds();
    assert_eq!(done(&ran.says("the task's arguments have changed")), names(&["arguments"]));
}

#[test]
fn what_a_step_did_not_read_does_not_repeat_it() {
    let project = project();
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write("config.yaml", &CONFIG.replace("other: x", "other: y"));
    project.write("files/unread", "");
    project.write("conf/readme.txt", "");
    project.write("listed/one", "another text");
    let later = SystemTime::now() + Duration::from_secs(3600);
    for name in ["files/motd", "files/tree/a", "files/text", "files/page.j2", "conf/one.conf"] {
        let file = std::fs::File::options().append(true).open(project.path().join(name)).unwrap();
        file.set_modified(later).unwrap();
    }
    let ran = run(&project, &["mine"], &[("UNREAD", "1")]).succeeds();
    assert_eq!(done(&ran), names(&[]), "{ran}");
    let told = run(&project, &["status", "--steps"], &[]).succeeds();
    told.never_says("to do again").says("step done: mine: put");
}

#[test]
fn what_a_step_writes_itself_is_no_input() {
    let project = Project::new();
    project.write("count", "1");
    let code = "step(\"count\", || fs::write(\"count\", fs::read(\"count\") + \"1\"));\n\
                step(\"made\", || { fs::write(\"made\", \"x\"); cloud::host().put(\"made\", \"/srv/made\") });\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
}

#[test]
fn values_from_before_the_step_count_and_status_tells_where_they_may_come_from() {
    let project = Project::new();
    let config = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &format!("{config}custom: {{port: 80}}\n"));
    let code = "let port = config::get(\"custom.port\");\nstep(\"port\", || port + 1);\n\
                step(\"none\", || 1);\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write("config.yaml", &format!("{config}custom: {{port: 81}}\n"));
    let told = run(&project, &["status", "--steps"], &[]).succeeds();
    told.says(
        "step done: mine: port; again if its values differ: the setting custom.port has changed",
    )
    .says("step done: mine: none\n");
    let ran = run(&project, &["mine"], &[]).succeeds().says("the value of `port` has changed");
    assert_eq!(done(&ran), names(&["port"]));
}

#[test]
fn a_step_around_others_depends_on_what_they_read() {
    let project = Project::new();
    project.write("inner", "1");
    let code = "step(\"outer\", || {\n    step(\"inner\", || fs::read(\"inner\"));\n    1\n});\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write("inner", "2");
    let ran = run(&project, &["mine"], &[]).succeeds();
    assert_eq!(done(&ran), names(&["inner", "outer"]));
    // The outer step's text changes, the inner one is skipped, and still both depend on the file.
    project.write("scripts/mine.rhai", &code.replace("    1", "    2"));
    let ran = run(&project, &["mine"], &[]).succeeds();
    assert_eq!(done(&ran), names(&["outer"]), "{ran}");
    project.write("inner", "3");
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["inner", "outer"]));
}

#[test]
fn the_values_of_a_task_that_a_step_runs_are_no_arguments_of_its_own() {
    let project = Project::new();
    project.write(
        "scripts/sub.rhai",
        "let given = args::parse([\"v\"], #{});\nstep(\"in\", || args::text());\n",
    );
    let code = "step(\"with\", || { task::run(\"sub\", #{ v: \"1\" }); });\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("scripts/mine.rhai", &code.replace("\"1\"", "\"2\""));
    let ran = run(&project, &["mine"], &[]).succeeds();
    assert!(done(&ran).is_superset(&names(&["in", "with"])), "{ran}");
}

/// Settings that a function reads without being told their paths, wherever they stand.
#[test]
fn the_base_name_and_the_list_of_tasks_are_inputs() {
    let project = Project::new();
    let code = "step(\"name\", || cloud::base_name());
step(\"tasks\", || task::list());
step(\"other\", || cloud::name());\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    let ran = run(&project, &["--set", "name=web", "mine"], &[]).succeeds();
    assert_eq!(done(&ran), names(&["name"]), "{ran}");
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["name"]));
    let of_distribution = "clouds.fake.distributions.debian12.name=web";
    let ran = run(&project, &["--set", of_distribution, "mine"], &[]).succeeds();
    assert_eq!(done(&ran), names(&["name"]), "{ran}");
    run(&project, &["mine"], &[]).succeeds();
    project.write("scripts/another.rhai", "//! Another.\n");
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["tasks"]));
}

#[test]
fn a_dictionary_is_an_input_of_who_compares_it() {
    let project = Project::new();
    project.write("ids.yaml", "a: b\n");
    let code = "step(\"diff\", || dictionary::diff(\"ids.yaml\", #{ a: \"b\" }));
step(\"set\", || dictionary::set(\"ids.yaml\", \"a\", \"b\"));\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("ids.yaml", "a: c\n");
    let ran = run(&project, &["mine"], &[]).succeeds().says("the file ids.yaml has changed");
    assert_eq!(done(&ran), names(&["diff", "set"]));
    assert_eq!(std::fs::read_to_string(project.path().join("ids.yaml")).unwrap(), "a: b\n");
}

#[test]
fn a_link_in_a_folder_is_copied_and_compared_as_a_link() {
    let project = Project::new();
    project.write("d/one", "1");
    project.write("e", "first");
    std::os::unix::fs::symlink("../e", project.path().join("d/lnk")).unwrap();
    let code = "let host = cloud::host();\nstep(\"put\", || host.put(\"d\", \"/srv/d\"));\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write("e", "second");
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    std::fs::remove_file(project.path().join("d/lnk")).unwrap();
    std::os::unix::fs::symlink("../f", project.path().join("d/lnk")).unwrap();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["put"]));
}

#[test]
fn no_secret_can_be_found_in_the_state_and_none_compares_elsewhere() {
    let project = Project::new();
    project.write("pin", "4711\n");
    let code = "let token = secret::env(\"TOKEN\");\nconst PIN = secret::file(\"pin\");\n\
                step(\"captured\", || token.len());\n\
                step(\"read\", || { secret::env(\"TOKEN\"); secret::file(\"pin\"); global::PIN.len() });\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[("TOKEN", "0815")]).succeeds();
    let state = std::fs::read_to_string(project.path().join(".state.json")).unwrap();
    // Whoever has the state tries all numbers of four digits, as a digest without a key allows.
    for secret in ["0815", "4711", "\"0815\"", "\"4711\"", "4711\n"] {
        for parts in [vec![secret.to_owned()], vec![sha256(secret.as_bytes())]] {
            let mut framed = Vec::new();
            for part in &parts {
                framed.extend(part.len().to_le_bytes());
                framed.extend(part.bytes());
            }
            assert!(!state.contains(&sha256(&framed)[..16]), "{secret:?} is told by the state");
        }
    }
    let key = project.path().join(".local/state/imgctl/digest.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(done(&run(&project, &["mine"], &[("TOKEN", "0815")]).succeeds()), names(&[]));
    // Another user's home: nothing is known there of the secrets, so their steps are repeated.
    std::fs::remove_file(&key).unwrap();
    let ran = run(&project, &["mine"], &[("TOKEN", "0815")]).succeeds();
    assert_eq!(done(&ran), names(&["captured", "read"]), "{ran}");
    ran.says("the variable TOKEN was read on another machine")
        .never_says("0815")
        .never_says("4711");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    format!("{:x}", sha2::Sha256::digest(bytes))
}

#[test]
fn a_step_with_a_version_also_depends_on_what_it_reads() {
    let project = Project::new();
    project.write("agent", "1");
    let code = "step(\"agent\", #{ version: 1 }, || fs::read(\"agent\"));\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write(
        "scripts/mine.rhai",
        &code.replace("fs::read(\"agent\")", "fs::read(\"agent\").len()"),
    );
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("agent", "2");
    let ran = run(&project, &["mine"], &[]).succeeds().says("the file agent has changed");
    assert_eq!(done(&ran), names(&["agent"]));
}

#[test]
fn steps_of_an_older_imgctl_are_done_again_and_say_so() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "step(\"it\", || 1);\n");
    run(&project, &["up", "mine"], &[]).succeeds();
    let path = project.path().join(".state.json");
    let mut state: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let step = state["journal"][0].as_object_mut().unwrap();
    step.retain(|key, _| !["inputs", "before", "library"].contains(&key.as_str()));
    state.as_object_mut().unwrap().remove("libraries");
    std::fs::write(&path, state.to_string()).unwrap();
    let why = "an older imgctl has recorded it";
    run(&project, &["status", "--steps"], &[]).succeeds().says(why);
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds().says(why)), names(&["it"]));
}

#[test]
fn a_folder_of_many_files_is_read_once() {
    let project = Project::new();
    for number in 0..2000 {
        project.write(&format!("many/{}/{number}", number % 20), &number.to_string());
    }
    let code = "let host = cloud::host();\nfor n in 0..3 { step(`put ${n}`, || host.put(\"many\", `/srv/${n}`)); }\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("many/7/7", "changed");
    let ran = run(&project, &["mine"], &[]).succeeds();
    assert_eq!(done(&ran).len(), 3);
}

#[test]
fn the_option_belongs_to_status() {
    let project = Project::new();
    project
        .imgctl(&["up", "--steps"])
        .fails(2)
        .says("belongs to the task `status`")
        .calls_nothing();
    project.imgctl(&["--steps", "status"]).succeeds().says("nothing has been started");
}
