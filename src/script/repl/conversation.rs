//! Reads texts, evaluates each, shows its value, until somebody leaves.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use rhai::Engine;

use super::commands::{self, Command};
use super::complete::Helper;
use super::edited;
use super::evaluate::{Evaluator, Place};
use super::input::{self, Input};
use super::look;
use super::shown::shown;
use super::tools::Tools;
use super::words::Words;
use crate::report::{Level, Report};
use crate::script::check::lenient;
use crate::script::docs::Entry;
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

    /// `before` is done before each line, and again once it was typed.
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
            // Meanwhile another imgctl may have worked on the instance.
            before(&mut self.evaluator, place)?;
            let result = self.answer(&text, place);
            self.input.keep(&run, &text);
            match result {
                Ok(None) => {}
                Ok(Some(leave)) => return Ok(leave),
                Err(failure) if !self.input.is_terminal() => return Err(failure),
                // Ctrl-C was answered when it was pressed.
                Err(failure) if failure.code() == Code::Interrupted => {}
                Err(failure) => run.ui.error_in_passing(&failure),
            }
            if run.exit_status().is_some() {
                return Ok(Leave::Exit);
            }
        }
    }

    fn read(&mut self, prompt: &str, place: &Place<'_, '_>) -> Result<Typed> {
        let run = &self.script.run;
        match &mut self.input {
            Input::File(piped) => input::from_file(piped, &self.reader),
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
        let is_variable = |name: &str| place.scope.contains(name);
        match commands::parse(text, &is_variable)? {
            None => {}
            Some(Command::Help(name)) => {
                return look::help(&run.ui, self.tools, &name, place.global).map(|()| None);
            }
            Some(Command::Steps) => {
                look::steps(&self.script);
                return Ok(None);
            }
            Some(Command::Vars) => {
                look::variables(&run.ui, place.scope);
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
            Where::Breakpoint { in_step: true } => {
                edited::check(&self.script, self.tools.bare).map(|()| Leave::Retry)
            }
            _ => Err(Error::usage("there is no step around this")
                .hint("`:retry` repeats the step that a breakpoint is in")),
        }
    }
}
