//! Other tasks.

use rhai::plugin::*;
use rhai::{Array, Map};

use super::room;
use crate::run::progress;
use crate::script::errors::{Fallible, OrThrow};
use crate::script::kind::printed;
use crate::script::running::Script;
use crate::script::shipped::Shelf;
use crate::script::status::{leave, leave_with};
use crate::script::task::known_by;
use crate::script::{Arguments, Task, paths, runner};
use crate::state::InputKind;

fn arguments(values: &Map) -> Arguments {
    let named = values.iter().map(|(key, value)| (key.to_string(), text(value)));
    let named: std::collections::BTreeMap<String, String> = named.collect();
    let pairs: Vec<String> = named.iter().map(|(key, value)| format!("{key}={value}")).collect();
    Arguments { text: pairs.join(","), named, ..Arguments::default() }
}

/// A value as it is typed on the command line: the items of a list are separated by spaces.
fn text(value: &Dynamic) -> String {
    let Some(list) = value.read_lock::<Array>() else { return printed(value) };
    list.iter().map(printed).collect::<Vec<_>>().join(" ")
}

#[export_module]
pub mod functions {
    /// True under `--dry-run`, when nothing may be changed.
    ///
    /// ```rhai
    /// if !task::is_dry_run() { log::success("done"); }
    /// ```
    #[rhai_fn(name = "is_dry_run", return_raw)]
    pub fn is_dry_run(call: NativeCallContext) -> Fallible<bool> {
        Ok(Script::of(&call)?.run.options.dry_run)
    }

    /// Runs another task, as a word on the command line does.
    ///
    /// ```rhai
    /// for name in ["up", "bootstrap", "tests", "create_image"] { task::run(name); }
    /// ```
    #[rhai_fn(name = "run", return_raw)]
    pub fn run_task(call: NativeCallContext, name: &str) -> Fallible<Dynamic> {
        run_task_with(call, name, Map::new())
    }

    /// As `run(name)`, with the task's arguments.
    ///
    /// ```rhai
    /// task::run("tests", #{ instance: "verify" });
    /// ```
    #[rhai_fn(name = "run", return_raw)]
    pub fn run_task_with(call: NativeCallContext, name: &str, values: Map) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let task = Task::find(&script.run.options.project, name).or_throw()?;
        // Only what a word itself runs is known by its place.
        let is_of_word = script.run.depth() == 1;
        if is_of_word && progress::passes_over_task(&script.run, name) {
            return Ok(Dynamic::UNIT);
        }
        let text = || Some(known_by(&task.source));
        script.notes_value(InputKind::Task, name, text);
        room::fits(room::size_of_entries(&values))?;
        let (trees, within) = (&script.sources.trees, Some(&script.reads));
        let value = runner::run_task_within(&script.run, trees, &task, arguments(&values), within);
        let value = value.or_throw()?;
        if is_of_word {
            progress::task_done(&script.run, name).or_throw()?;
        }
        match script.run.exit_status() {
            None | Some(0) => Ok(value),
            // `task::exit` in a task also ends the tasks that run it.
            Some(_) => Err(leave()),
        }
    }

    /// All tasks, as maps of `name` and `summary`.
    ///
    /// ```rhai
    /// for task in task::list() { print(`${task.name}: ${task.summary}`); }
    /// ```
    #[rhai_fn(name = "list", return_raw)]
    pub fn list(call: NativeCallContext) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let own = Shelf::Scripts.folder();
        let folder = script.run.options.project.join(own);
        script.notes_digest(InputKind::Names, own, || paths::names_digest(&folder));
        let tasks = Task::all(&script.run.options.project).or_throw()?;
        let entry = |task: Task| {
            let mut map = Map::new();
            map.insert("name".into(), task.name.clone().into());
            map.insert("summary".into(), task.summary().into());
            map.into()
        };
        Ok(tasks.into_iter().map(entry).collect())
    }

    /// The description of a task: the comment at its top.
    ///
    /// ```rhai
    /// print(task::describe("up"));
    /// ```
    #[rhai_fn(name = "describe", return_raw)]
    pub fn describe(call: NativeCallContext, name: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let task = Task::find(&script.run.options.project, name).or_throw()?;
        script.notes_value(InputKind::Task, name, || Some(known_by(&task.source)));
        Ok(task.description())
    }

    /// Ends the script, and the process with this exit status, 0 to 255.
    ///
    /// ```rhai
    /// task::exit(cloud::host().shell("make check"));
    /// ```
    #[rhai_fn(name = "exit", return_raw)]
    pub fn exit(call: NativeCallContext, status: i64) -> Fallible<()> {
        leave_with(&call, status)
    }
}
