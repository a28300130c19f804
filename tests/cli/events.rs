//! docs/events.md tells every event and field that real runs print, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::project::Project;

/// Types by field; `a.b` leads into a map, `a[]` into a list.
type Fields = BTreeMap<String, BTreeSet<String>>;
/// Fields by event, or by table for rows.
type Kinds = BTreeMap<String, Fields>;

/// The page, and where its tables are.
struct Page {
    /// What each event has.
    common: Fields,
    kinds: Kinds,
    examples: Vec<(String, Value)>,
}

fn page() -> Page {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/events.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (head, sections) = text.split_once("\n### ").unwrap();
    let common = fields(head.split("## Every event").nth(1).unwrap());
    let mut page = Page { common, kinds: Kinds::new(), examples: Vec::new() };
    for section in sections.split("\n### ") {
        let kind = section.lines().next().unwrap().replace('`', "");
        let example = section.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
        let example = example.unwrap_or_else(|| panic!("{kind} has no example"));
        page.examples.push((kind.clone(), serde_json::from_str(example).unwrap()));
        assert!(
            page.kinds.insert(kind.clone(), fields(section)).is_none(),
            "{kind} is there twice"
        );
    }
    page
}

/// The rows ``| `field` | type | meaning |`` of a section.
fn fields(section: &str) -> Fields {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (field, rest) = row.split_once("` | ").unwrap();
        let types = rest.split(" | ").next().unwrap().split(" or ");
        (field.to_owned(), types.map(str::to_owned).collect())
    })
    .collect()
}

fn kind(event: &Value) -> String {
    let name = event["event"].as_str().unwrap_or_else(|| panic!("{event} is no event"));
    match event["table"].as_str() {
        Some(table) if name == "row" => format!("row of {table}"),
        _ => name.to_owned(),
    }
}

/// Adds the type of a value, and of what it contains; `documented` says what may contain anything.
fn add(documented: &Fields, name: &str, value: &Value, seen: &mut Fields) {
    let free = documented.get(name).and_then(|types| types.first()).map(String::as_str);
    let free = free.filter(|name| ["any", "map of text"].contains(name));
    let found = match value {
        _ if free == Some("any") => "any",
        Value::Object(map) if free.is_some() => {
            assert!(map.values().all(Value::is_string), "{name}: {value}");
            "map of text"
        }
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(items) => {
            items.iter().for_each(|item| add(documented, &format!("{name}[]"), item, seen));
            "list"
        }
        Value::Object(map) => {
            let inner = map.iter();
            inner.for_each(|(key, it)| add(documented, &format!("{name}.{key}"), it, seen));
            "map"
        }
    };
    seen.entry(name.to_owned()).or_default().insert(found.to_owned());
}

impl Page {
    /// Adds what an event has to what was seen, and says what it lacks.
    fn look(&self, event: &Value, seen: &mut Kinds) {
        let kind = kind(event);
        let none = Fields::new();
        let own = self.kinds.get(&kind).unwrap_or(&none);
        for (name, value) in event.as_object().unwrap() {
            let is_common = self.common.contains_key(name) && !own.contains_key(name);
            let (documented, to) = if is_common { (&self.common, "") } else { (own, &*kind) };
            add(documented, name, value, seen.entry(to.to_owned()).or_default());
        }
        seen.entry(kind.clone()).or_default();
        let always = own.keys().filter(|name| !name.contains(['.', '[']));
        for name in always.chain([&"time".to_owned(), &"event".to_owned()]) {
            assert!(event.get(name).is_some(), "{kind} has no `{name}`: {event}");
        }
    }

    fn all(&self) -> Kinds {
        let mut all = self.kinds.clone();
        all.insert(String::new(), self.common.clone());
        all
    }
}

fn events(text: &str) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    text.lines().map(parse).collect()
}

/// A line for each field, to compare them as texts.
fn listed(kinds: &Kinds) -> String {
    let mut lines = String::new();
    for (kind, fields) in kinds {
        lines += &format!("{kind}\n");
        for (field, types) in fields {
            let types: Vec<&str> = types.iter().map(String::as_str).collect();
            lines += &format!("  {field}: {}\n", types.join(" or "));
        }
    }
    lines
}

const CONFIG: &str = "\
defaults: {cloud: fake, distribution: debian12}
ssh: {ready_timeout: 3s}
clouds:
  fake: {world: world.json, answers: answers.yaml, regions: {north: {}, south: {}}, region: north}
matrix: {cloud: [fake], region: [north, south]}
";

const SITE: &str = "//! Site.
let host = cloud::host();
step(\"works\", || host.run(\"deploy agent\"));
step(\"finds nothing to do\", || false);
log::debug(\"a\");
log::warn(\"b\");
log::check(#{ what: \"c\", ok: true, wanted: 1, found: 1, item: \"d\", seconds: 1.5 });
log::check(#{ what: \"e\", ok: false, why: \"f\" });
let old = #{ name: \"a\", version: \"1\" };
log::packages(#{ added: [old], removed: [old], changed: [#{ name: \"a\", before: \"1\", after: \"2\" }] });
print(host.query(\"cat /etc/hostname\").ok);
local::run(\"true\");
step(\"fails\", || host.run(\"break it\"));
";

const ANSWERS: &str =
    "[{command: ^deploy, stdout: deployed}, {command: ^break, status: 4, stderr: no}]";

/// Everything that imgctl does, on the fake cloud.
fn every_run() -> String {
    let project = Project::new().answer(ANSWERS);
    project.write("config.yaml", CONFIG);
    project.write("scripts/site.rhai", SITE);
    project.write("scripts/slow.rhai", "//! Slow.\ntime::sleep(\"11s\");");
    project.write("broken.rhai", "//! Broken.\nlet x = clod::up();\n");
    let mut printed = String::new();
    let mut run = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        let ran = project.imgctl(&[&["--output", "json"], &words[..]].concat());
        assert_eq!(ran.stderr, "", "{ran}");
        printed += &ran.stdout;
        ran.stdout
    };
    run("status");
    run("--dry-run region:north up bootstrap");
    run("-vv region:north up site");
    run("-v region:north site");
    run("status --steps");
    run("region:north create_image copy_image:newest,regions=south list_images");
    run("status");
    run("delete_image:newest,force=true");
    run("--state other.json region:south up");
    run("--state third.json gc --older-than 0s --yes region:south");
    run("-v destroy");
    run("bake --region north,south");
    run("list");
    run("check broken.rhai");
    run("slow");
    run("--nonsense");
    run("--set x list");
    printed
}

#[test]
fn the_page_tells_every_event_and_field_and_nothing_else() {
    let page = page();
    let mut seen = Kinds::new();
    for event in events(&every_run()) {
        page.look(&event, &mut seen);
    }
    // What a type may be besides null is what some run has shown.
    let mut documented = page.all();
    for (kind, fields) in &mut documented {
        for (field, types) in fields.iter_mut() {
            let found = seen.get(kind).and_then(|fields| fields.get(field));
            if found.is_some_and(|found| found.is_subset(types)) {
                types.retain(|name| found.is_some_and(|found| found.contains(name)));
            }
        }
    }
    pretty(&listed(&documented), &listed(&seen));
}

/// The path, host and instance of what is told within a step, and the task and step of the error.
#[test]
fn events_tell_where_they_belong() {
    let project = Project::new().answer(ANSWERS);
    project.write("scripts/site.rhai", SITE);
    let ran = project.imgctl(&["--output", "json", "up", "site"]).fails(1);
    let events = events(&ran.stdout);
    let one = |name: &str, key: &str, value: &str| {
        let found = events.iter().find(|event| event["event"] == name && event[key] == value);
        found.unwrap_or_else(|| panic!("no {name} of {value}\n{}", ran.stdout)).clone()
    };
    let run = one("command_finished", "command", "deploy agent");
    let path: Value = ["site", "works"].to_vec().into();
    assert_eq!((&run["status"], &run["path"], &run["role"]), (&0.into(), &path, &"build".into()));
    let printed = one("output", "line", "deployed");
    for key in ["task", "step", "path", "host", "role", "instance"] {
        assert_eq!(printed[key], run[key], "{key}");
    }
    let subject = events.iter().rfind(|event| event["event"] == "subject").unwrap();
    assert_eq!(run["instance"], subject["instances"]["build"]);
    let error = events.iter().rfind(|event| event["event"] == "error").unwrap();
    assert_eq!((&error["task"], &error["step"]), (&"site".into(), &"fails".into()));
    assert_eq!(error["exit_code"], 1);
    // Queries need `-v`.
    assert!(!events.iter().any(|event| event["reads"] == true), "{}", ran.stdout);
    let (first, last) = (&events[0], &events[events.len() - 1]);
    assert_eq!((&first["event"], &first["version"]), (&"begin".into(), &1.into()));
    assert_eq!((&last["event"], &last["exit_code"]), (&"end".into(), &1.into()));

    let ran = project.imgctl(&["--output", "json", "status"]).succeeds();
    let begin: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(begin["run"], subject["run"]);
}

/// What clap refuses, too; and what is wrong with a variable.
#[test]
fn errors_of_the_command_line_are_events() {
    let project = Project::new();
    for words in [
        &["--output", "json", "--nonsense"][..],
        &["--output=json", "gc", "--older-than"],
        &["--output", "json", "gc", "--older-than", "soon"],
        &["up", "--output", "json", "--on-error", "maybe"],
        &["--output", "json", "nosuchtask"],
    ] {
        let ran = project.imgctl(words).fails(2);
        assert_eq!(ran.stderr, "", "{ran}");
        let events = events(&ran.stdout);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
        assert_eq!(kinds, ["begin", "error", "end"], "{ran}");
        assert_eq!((&events[1]["code"], &events[1]["exit_code"]), (&"usage".into(), &2.into()));
        assert!(events[1]["hint"].is_string() && events[1]["message"] != "", "{ran}");
    }
    let ran = project.imgctl_with_setup(&["--nonsense"], |command| {
        command.env("IMGCTL_OUTPUT", "json");
    });
    ran.fails(2).says("\"event\":\"error\"");
    project.imgctl(&["--output", "json", "--help"]).succeeds().says("Usage");
}

/// A reader that goes away ends nothing, and gets no half of a line.
#[test]
fn a_closed_pipe_is_no_error() {
    let project = Project::new();
    let line =
        format!("set -o pipefail; '{}' --output json up | head -n 1", env!("CARGO_BIN_EXE_imgctl"));
    let output = std::process::Command::new("/usr/bin/bash")
        .args(["-c", &line])
        .current_dir(project.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(events(&String::from_utf8_lossy(&output.stdout))[0]["event"], "begin");
    assert!(!project.debris().is_empty());
}

fn pretty(documented: &str, seen: &str) {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    assert_eq!(lines(documented), lines(seen), "docs/events.md is on the left\n{seen}");
}

#[test]
fn the_examples_of_the_page_are_such_events() {
    let page = page();
    for (name, event) in &page.examples {
        assert_eq!(kind(event), *name);
        let mut seen = Kinds::new();
        page.look(event, &mut seen);
        for (kind, fields) in seen {
            let documented = &page.all()[&kind];
            for (field, types) in fields {
                let known = documented.get(&field).unwrap_or_else(|| panic!("{name}: {field}"));
                assert!(types.is_subset(known), "{name}: {field} is {types:?}, not {known:?}");
            }
        }
    }
}
