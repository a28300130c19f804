//! Tasks: the scripts that can be words on the command line.

use std::path::Path;

use super::closures::words;
use super::shipped::{Shelf, Source};
use crate::error::nearest;
use crate::{Error, Result};

/// A task that can be run.
#[derive(Debug, Clone)]
pub struct Task {
    pub name: String,
    pub source: Source,
}

impl Task {
    /// The task of that name; the error names the nearest one.
    pub fn find(project: &Path, name: &str) -> Result<Task> {
        if let Some(source) = Shelf::Scripts.find(project, name)? {
            return Ok(Task { name: name.to_string(), source });
        }
        let known = Shelf::Scripts.names(project)?;
        let error = Error::usage(format!("there is no task `{name}`"));
        // Of `up:base=x` and `scripts/up.rhai` the name of the task.
        let word = name.split([':', ',']).next().unwrap_or(name);
        let stem = Path::new(word).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name);
        Err(match nearest(stem, known.iter().map(String::as_str)) {
            Some(near) => {
                error.hint(format!("did you mean `{near}`? `imgctl list` lists all tasks"))
            }
            None => error.hint(format!("use one of these tasks: {}", known.join(", "))),
        })
    }

    /// All tasks of the project and the binary, by name.
    pub fn all(project: &Path) -> Result<Vec<Task>> {
        Shelf::Scripts.names(project)?.iter().map(|name| Task::find(project, name)).collect()
    }

    /// As [`Task::all`], without those that cannot be read.
    #[must_use]
    pub fn readable(project: &Path) -> Vec<Task> {
        let names = Shelf::Scripts.names(project).unwrap_or_default();
        names.iter().filter_map(|name| Task::find(project, name).ok()).collect()
    }

    /// The first line of the `//!` comment.
    #[must_use]
    pub fn summary(&self) -> String {
        self.description().lines().next().unwrap_or_default().to_string()
    }

    /// The whole `//!` comment at the top.
    #[must_use]
    pub fn description(&self) -> String {
        description(&self.source.text)
    }

    #[must_use]
    pub fn is_shipped(&self) -> bool {
        self.source.path.is_none()
    }
}

fn description(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_string()
}

/// What a step that runs or describes a task has read of it: other comments do nothing.
#[must_use]
pub fn known_by(source: &Source) -> String {
    format!("{}\n{}", description(&source.text), words(&source.text))
}
