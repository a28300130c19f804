//! The page of a task: its comment, its arguments, examples, and where its script is.

use std::fmt::Write;

use crate::script::Task;
use crate::script::parameters::{Parameter, Parameters, Preset, parameters};
use crate::script::shipped::Shelf;

pub fn page(task: &Task) -> String {
    let name = &task.name;
    let about = task.description();
    let line = Line::of(task);
    let mut page = match about.is_empty() {
        true => format!("{name} has no description: begin its script with a line `//! …`"),
        false => about.clone(),
    };
    page += "\n";
    match parameters(&task.source) {
        Parameters::None => example(&mut page, &about, &line.head),
        // The comment says what to write.
        Parameters::Text(names) if names.is_empty() => {}
        Parameters::Text(names) => table(&mut page, &names),
        Parameters::Named(parameters) if parameters.is_empty() => {
            example(&mut page, &about, &line.head);
        }
        Parameters::Named(parameters) => {
            table(&mut page, &parameters);
            example(&mut page, &about, &call(&line, &parameters));
        }
        Parameters::Unknown(mistake) => {
            let _ = write!(page, "\nThe script cannot be read: {mistake}\n");
        }
    }
    page += "\n";
    page += &origin(task);
    page
}

/// One argument a line: its name, kind, and what it is when it is left out.
fn table(page: &mut String, parameters: &[Parameter]) {
    let width = |text: fn(&Parameter) -> &str| parameters.iter().map(|it| text(it).len()).max();
    let name = width(|it| &it.name).unwrap_or_default();
    let kind = width(|it| it.kind.name()).unwrap_or_default();
    *page += "\nArguments:\n";
    for parameter in parameters {
        let preset = match &parameter.preset {
            Preset::Required => "required".to_owned(),
            Preset::Value(text) if text.is_empty() => "empty, unless given".to_owned(),
            Preset::Value(text) => format!("{text}, unless given"),
            Preset::Computed(code) => format!("`{code}`, unless given"),
            Preset::Own => "need not be given".to_owned(),
        };
        let shown = parameter.kind.name();
        let _ = writeln!(page, "  {:name$}  {shown:kind$}  {preset}", parameter.name);
    }
}

/// One way to call it, unless the comment shows some.
fn example(page: &mut String, about: &str, call: &str) {
    let shows = about.lines().any(|line| line.trim_start().starts_with("imgctl "));
    if !shows {
        let _ = write!(page, "\nExamples:\n  {call}\n");
    }
}

/// With all that is required, and one argument that is not.
fn call(line: &Line, parameters: &[Parameter]) -> String {
    let required = parameters.iter().filter(|it| it.preset == Preset::Required);
    let mut words: Vec<String> = required.map(|it| it.name.to_uppercase()).collect();
    let optional = parameters.iter().find(|it| it.preset != Preset::Required);
    let plain = line.with(&words);
    let Some(optional) = optional else { return plain };
    words.push(format!("{}={}", optional.name, optional.kind.sample(&optional.preset)));
    format!("{plain}\n  {}", line.with(&words))
}

/// How a script is typed, and its arguments behind it.
struct Line {
    head: String,
    /// What stands before the first argument, and before each further one.
    joints: [&'static str; 2],
}

impl Line {
    fn of(task: &Task) -> Line {
        let name = &task.name;
        match is_file(name) {
            true => Line { head: format!("imgctl run {name}"), joints: [" ", " "] },
            false => Line { head: format!("imgctl {name}"), joints: [":", ","] },
        }
    }

    fn with(&self, words: &[String]) -> String {
        let [first, further] = self.joints;
        match words.is_empty() {
            true => self.head.clone(),
            false => format!("{}{first}{}", self.head, words.join(further)),
        }
    }
}

/// Whether what is asked about is a file, and no task.
pub fn is_file(name: &str) -> bool {
    name.ends_with(".rhai")
}

fn origin(task: &Task) -> String {
    let file = &task.source.name;
    match &task.source.path {
        None => format!(
            "From: {file}, shipped with imgctl. A file of that name in the project takes its place: \
             `imgctl init --scripts` copies all."
        ),
        Some(path) => {
            let is_copy = !is_file(&task.name)
                && Shelf::Scripts.all_shipped().any(|(shipped, _)| shipped == *file);
            let beside = match is_copy {
                true => format!(
                    ", in place of the one shipped with imgctl: `imgctl diff-scripts {}` compares them",
                    task.name
                ),
                false => String::new(),
            };
            format!("From: {}{beside}", path.display())
        }
    }
}
