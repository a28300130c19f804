//! What is most likely meant by a name that does not exist, where it is no misspelling.

use super::file::File;
use super::kind::Kind;
use super::otherwise;
use crate::script::Task;

impl File<'_, '_> {
    /// What to write for a name that other languages have, or that is known elsewhere.
    pub fn meant_by_variable(&self, name: &str) -> Option<String> {
        if name == "host" {
            let is_outside = self.function.is_empty();
            return is_outside.then(|| "declare it first: `let host = cloud::host();`".to_owned());
        }
        otherwise::variable(name)
    }

    /// What to write in place of a method that values of this type do not have.
    pub fn meant_by_method(&self, of: &str, name: &str) -> Option<String> {
        let is_of = |kind: &Kind, of: &str| kind.as_deref() == Some(of);
        let known = &self.checker.known;
        let all = known.properties.get(name).into_iter().flatten();
        let is_property = all.into_iter().any(|it| is_of(&it.of, of));
        let is_of_text = || {
            known
                .plain(name)
                .iter()
                .any(|it| it.kinds.first().is_some_and(|it| is_of(it, "string")))
        };
        match otherwise::method(of, name) {
            Some(hint) => Some(hint),
            None if is_property => Some(format!("it is no method: write `.{name}`")),
            None if of == "CommandResult" && is_of_text() => {
                Some("its text is `.stdout`, which has no line end at its end".to_owned())
            }
            None => None,
        }
    }

    /// `bootstrap()`, `task::run(bootstrap)`: how the task of that name is run.
    pub fn task_of(&self, name: &str) -> Option<String> {
        let task = Task::find(&self.checker.imports.project, name).ok()?;
        Some(format!("a task is run by its name as text: `task::run(\"{}\")`", task.name))
    }
}
