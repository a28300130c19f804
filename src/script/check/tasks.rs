//! Other tasks, by names that are written out: `task::run("tests", #{ instance: "verify" })`.

use rhai::{AST, Expr, FnCallExpr};

use super::file::File;
use crate::script::errors::with_nearest;
use crate::script::sources::plain;
use crate::script::{Task, declaration};
use crate::{Code, Error};

impl File<'_, '_> {
    /// A function of the namespace `task`.
    pub fn other_task(&mut self, call: &FnCallExpr) {
        let names_one = ["run", "describe"].contains(&call.name.as_str());
        let (Some(argument), true, 0) = (call.args.first(), names_one, self.trying) else { return };
        let Some(name) = self.written_text(argument) else {
            return self.tasks_of_loop(argument);
        };
        match Task::find(&self.checker.imports.project, &name) {
            Ok(task) if call.name == "run" => self.arguments_of_task(&task, call),
            Ok(_) => {}
            Err(error) => self.error("unknown_task", &error, argument.position()),
        }
    }

    /// `for name in ["up", "tests"] { task::run(name); }`
    fn tasks_of_loop(&mut self, argument: &Expr) {
        let all = self.entry_of(argument).map(|entry| std::mem::take(&mut entry.texts));
        for (name, position) in all.into_iter().flatten() {
            if let Err(error) = Task::find(&self.checker.imports.project, &name) {
                self.error("unknown_task", &error, position);
            }
        }
    }

    /// What the task declares by `args::parse`. A task that cannot be read is told where it is checked itself.
    fn arguments_of_task(&mut self, task: &Task, call: &FnCallExpr) {
        self.checker.read.extend(task.source.path.as_deref().map(plain));
        let trees = self.checker.imports.sources.trees.clone();
        let Ok(ast) = trees.read(self.checker.engine, &task.source) else { return };
        let Some((required, optional)) = declared(&ast) else { return };
        let (name, given) = (&task.name, call.args.get(1));
        let known = required.iter().chain(&optional).map(String::as_str);
        let written = given.and_then(|given| self.written_map(given)).unwrap_or_default();
        for (key, _) in written {
            if known.clone().any(|it| it == key.name) {
                continue;
            }
            let error = script(format!("the task `{name}` has no argument `{}`", key.name));
            let error = match known.clone().next() {
                None => error.hint("it takes none"),
                Some(_) => with_nearest(error, &key.name, known.clone()),
            };
            let error = match error.hint_text() {
                Some(_) => error,
                None => error
                    .hint(format!("it takes: {}", known.clone().collect::<Vec<_>>().join(", "))),
            };
            self.error("unknown_option", &error, key.pos);
        }
        let all = match given {
            None => Some(Vec::new()),
            Some(given) => self.keys_of(given),
        };
        let Some(all) = all else { return };
        if let Some(missing) = required.iter().find(|it| !all.contains(*it)) {
            let error = script(format!("the task `{name}` needs the argument `{missing}`"))
                .hint(format!("write task::run(\"{name}\", #{{ {missing}: … }})"));
            let at = given.or(call.args.first()).map(Expr::position).unwrap_or_default();
            self.error("wrong_count", &error, at);
        }
    }
}

/// The names of the arguments that a script declares for certain: those that it needs, and the others.
fn declared(ast: &AST) -> Option<(Vec<String>, Vec<String>)> {
    let found = declaration::find(ast).filter(|found| found.is_certain)?;
    let (Expr::Array(required, _), Expr::Map(optional, _)) = (found.required, found.optional)
    else {
        return None;
    };
    let name = |it: &Expr| match it {
        Expr::StringConstant(name, _) => Some(name.to_string()),
        _ => None,
    };
    let required = required.iter().map(name).collect::<Option<_>>()?;
    Some((required, optional.0.iter().map(|(key, _)| key.name.to_string()).collect()))
}

fn script(message: String) -> Error {
    Error::new(Code::Script, message)
}
