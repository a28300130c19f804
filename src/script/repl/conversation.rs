//! Reads texts, evaluates each, shows its value, until somebody leaves.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use rhai::{Engine, GlobalRuntimeState, Scope};

use super::commands::{self, Command};
use super::complete::Helper;
use super::evaluate::{Evaluator, Place};
use super::input::{self, Input};
use super::shown::shown;
use super::steps;
use super::tools::Tools;
use super::words::Words;
use crate::report::{Level, Report};
use crate::script::check::lenient;
use crate::script::entry::{Entry, found, matching};
use crate::script::running::Script;
use crate::script::shipped::Shelf;
use crate::ui::Typed;
use crate::{Code, Error, Result};

/// How somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    Continue,
    Retry,
    Quit,
    /// A line has called `task::exit`.
    Exit,
}

/// Where a console is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Alone,
    /// At a breakpoint, and whether a step is around it.
    Breakpoint {
        in_step: bool,
    },
}

pub struct Conversation {
    script: Script,
    at: Where,
    tools: Tools,
    input: Input,
    reader: Rc<Engine>,
    pub evaluator: Evaluator,
    entries: OnceLock<Arc<Vec<Entry>>>,
    library: Arc<Vec<String>>,
}

impl Conversation {
    /// # Errors
    /// `Io` for a terminal that lines cannot be edited at.
    pub fn open(script: &Script, at: Where, tools: Tools) -> Result<Conversation> {
        let mut reader = (tools.bare)();
        lenient(&mut reader);
        let library = Shelf::Stdlib.names(&script.run.options.project).unwrap_or_default();
        Ok(Conversation {
            script: script.clone(),
            at,
            tools,
            input: Input::open(&script.run)?,
            reader: Rc::new(reader),
            evaluator: Evaluator::new(script, tools),
            entries: OnceLock::new(),
            library: Arc::new(library),
        })
    }

    pub fn is_at_terminal(&self) -> bool {
        self.input.is_terminal()
    }

    /// `before` is done before each line.
    ///
    /// # Errors
    /// Away from a terminal that of the first text that fails; an interrupted run.
    pub fn hold(
        &mut self,
        place: &mut Place<'_, '_>,
        mut before: impl FnMut(&mut Evaluator, &mut Place<'_, '_>) -> Result<()>,
    ) -> Result<Leave> {
        let run = self.script.run.clone();
        let _console = self.input.is_terminal().then(|| run.ui.console());
        loop {
            run.watch.check()?;
            before(&mut self.evaluator, place)?;
            let prompt = if self.at == Where::Alone { "imgctl> " } else { "breakpoint> " };
            let text = match self.read(prompt, place)? {
                Typed::Cancelled => continue,
                Typed::Ended => return Ok(Leave::Continue),
                Typed::Text(text) if text.trim().is_empty() => continue,
                Typed::Text(text) => text,
            };
            let result = self.answer(&text, place);
            self.input.keep(&run, &text);
            match result {
                Ok(None) => {}
                Ok(Some(leave)) => return Ok(leave),
                Err(failure) if !self.input.is_terminal() => return Err(failure),
                // Ctrl-C was answered when it was pressed.
                Err(failure) if failure.code() == Code::Interrupted => {}
                Err(failure) => run.ui.error(&failure),
            }
            if run.exit_status().is_some() {
                return Ok(Leave::Exit);
            }
        }
    }

    fn read(&mut self, prompt: &str, place: &Place<'_, '_>) -> Result<Typed> {
        let run = &self.script.run;
        match &mut self.input {
            Input::File(lines) => input::from_file(lines, &self.reader),
            Input::Terminal(editor) => {
                // Without the reference there are fewer words.
                let entries =
                    self.entries.get_or_init(|| (self.tools.entries)().unwrap_or_default().into());
                let words = Words::new(entries, &self.library, place.scope, place.global);
                let helper = Helper { reader: self.reader.clone(), words };
                editor.read(&run.ui, prompt, Box::new(helper))
            }
        }
    }

    fn answer(&mut self, text: &str, place: &mut Place<'_, '_>) -> Result<Option<Leave>> {
        let run = self.script.run.clone();
        match commands::parse(text)? {
            None => {}
            Some(Command::Help(name)) => return self.help(&name).map(|()| None),
            Some(Command::Steps) => {
                steps::show(&self.script);
                return Ok(None);
            }
            Some(Command::Vars) => {
                self.variables(place.scope);
                return Ok(None);
            }
            Some(Command::Quit) => return Ok(Some(Leave::Quit)),
            Some(Command::Continue) => return Ok(Some(Leave::Continue)),
            Some(Command::Retry) => return self.retry().map(Some),
        }
        let had_lock = run.store.is_locked();
        let evaluator = &mut self.evaluator;
        let value = if self.input.is_terminal() {
            run.ui
                .interruptible(&run.watch.cancel, |cancel| evaluator.evaluate(text, place, cancel))
        } else {
            evaluator.evaluate(text, place, run.watch.cancel.clone())
        };
        if !had_lock {
            run.store.release();
        }
        match value {
            Ok(value) => {
                if let Some(text) = shown(&value) {
                    run.ui.print(&text);
                }
                Ok(None)
            }
            Err(failure) if run.ends_dry_run(&failure) => {
                let message = "the dry run ends here: what follows needs the instance";
                run.ui.log(Level::Info, message);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    fn retry(&self) -> Result<Leave> {
        match self.at {
            Where::Breakpoint { in_step: true } => Ok(Leave::Retry),
            _ => Err(Error::usage("there is no step around this")
                .hint("`:retry` repeats the step that a breakpoint is in")),
        }
    }

    fn help(&self, name: &str) -> Result<()> {
        let ui = &self.script.run.ui;
        if name.is_empty() {
            ui.print(&commands::overview());
            return Ok(());
        }
        let entries = (self.tools.entries)()?;
        let text = matching(&entries, name);
        let text = if text.is_empty() { found(&entries, name) } else { text };
        if text.is_empty() {
            return Err(Error::not_found(format!("nothing is called `{name}`, or is about it"))
                .hint("`:help` lists the commands, `imgctl api` all functions"));
        }
        ui.print(text.trim_end());
        Ok(())
    }

    fn variables(&self, scope: &Scope<'_>) {
        let mut seen = std::collections::BTreeMap::new();
        for (name, _, value) in scope.iter_raw() {
            let text = shown(&value.flatten_clone()).unwrap_or_else(|| "()".to_owned());
            let first = text.lines().next().unwrap_or_default().to_owned();
            seen.insert(name.to_owned(), if first == text { first } else { format!("{first} …") });
        }
        let rows: Vec<Vec<String>> = seen.into_iter().map(|(name, it)| vec![name, it]).collect();
        self.script.run.ui.table("variables", &["Name", "Value"], &rows);
    }
}

/// What lines have defined is gone at its end, but for the values of variables that were there before.
pub struct Undo {
    variables: usize,
    functions: usize,
    imports: usize,
}

impl Undo {
    pub fn of(scope: &Scope<'_>, global: &GlobalRuntimeState) -> Undo {
        Undo { variables: scope.len(), functions: global.lib.len(), imports: global.num_imports() }
    }

    pub fn undo(&self, scope: &mut Scope<'_>, global: &mut GlobalRuntimeState) {
        scope.rewind(self.variables);
        global.lib.truncate(self.functions);
        global.truncate_imports(self.imports);
    }
}
