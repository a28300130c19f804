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

/// Everything that imgctl does, on the fake cloud.
fn every_run() -> String {
    let project = Project::new();
    let mut printed = String::new();
    let mut run = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        printed += &project.imgctl(&[&["--output", "json"], &words[..]].concat()).stdout;
    };
    run("status");
    run("-v bake:verify=true");
    printed
}

#[test]
fn the_page_tells_every_event_and_field_and_nothing_else() {
    let page = page();
    let mut seen = Kinds::new();
    for event in events(&every_run()) {
        page.look(&event, &mut seen);
    }
    pretty(&listed(&page.all()), &listed(&seen));
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
