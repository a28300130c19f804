//! `imgctl repl`: a console with an instance at hand, and no script around it.

use std::sync::Arc;

use rhai::{Dynamic, Scope};

use super::conversation::{Conversation, Where};
use super::evaluate::{Evaluator, Place};
use super::tools::Tools;
use crate::report::{Level, Report};
use crate::run::Run;
use crate::script::api::host::Host;
use crate::script::running::Script;
use crate::{Code, Error, Result};

/// Which machine the variable `host` is.
#[derive(Debug, Clone)]
pub enum At {
    /// The instance of this role, once there is one.
    Role(String),
    /// A machine of config.yaml, or an address.
    Named(String),
}

/// Opens a console.
///
/// # Errors
/// A machine that cannot be one; away from a terminal that of the first text that fails.
pub fn open(script: &Script, tools: Tools, at: &At) -> Result<()> {
    let run = script.run.clone();
    let engine = (tools.engine)(script, &run.config.limits()?);
    let mut global = engine.new_global_runtime_state();
    let mut scope = Scope::new();
    let mut place = Place { scope: &mut scope, global: &mut global };
    let mut console = Conversation::open(script, Where::Alone, tools)?;
    if let At::Named(name) = at {
        let host = named(&run, name, &mut console.evaluator, &mut place)?;
        place.scope.push("host", host);
    }
    let mut given = Given::default();
    given.follow(&run, at, &mut console.evaluator, &mut place)?;
    if console.is_at_terminal() {
        greet(&run, place.scope);
    }
    console.hold(&mut place, |evaluator, place| given.follow(&run, at, evaluator, place)).map(drop)
}

fn greet(run: &Arc<Run>, scope: &Scope<'_>) {
    let host = scope.get("host").and_then(|host| host.read_lock::<Host>().map(|it| it.clone()));
    let host = match host {
        Some(host) => format!("`host` is {}", host.remote().label()),
        None => "there is no instance: `task::run(\"up\")` starts one".to_owned(),
    };
    run.ui.log(Level::Info, &format!("{host}; `:help` shows what there is, Ctrl-D leaves"));
}

fn named(
    run: &Arc<Run>,
    name: &str,
    evaluator: &mut Evaluator,
    place: &mut Place<'_, '_>,
) -> Result<Dynamic> {
    let known = run.config.host_names().into_iter().any(|known| known == name);
    let function = if known { "hosts::get" } else { "ssh::connect" };
    // Rhai reads the same escapes.
    let call = format!("{function}({name:?})");
    evaluator.evaluate_as("--host".to_owned(), &call, place, run.watch.cancel.clone())
}

/// The error for whoever uses the host, whose line is another one.
fn without_place(error: &Error) -> Error {
    let plain = Error::new(error.code(), error.message());
    let plain = error.causes().iter().fold(plain, Error::cause);
    match error.hint_text() {
        Some(hint) => plain.hint(hint),
        None => plain,
    }
}

/// The variable `host`, as far as it was not set by whoever types.
#[derive(Default)]
struct Given {
    /// The id of the instance that it is.
    id: Option<String>,
}

impl Given {
    /// Lets it be the instance that the state knows now: a line, or another imgctl, may have started or
    /// destroyed one.
    fn follow(
        &mut self,
        run: &Arc<Run>,
        at: &At,
        evaluator: &mut Evaluator,
        place: &mut Place<'_, '_>,
    ) -> Result<()> {
        let At::Role(role) = at else { return Ok(()) };
        run.store.refresh()?;
        let document = run.store.document();
        let record = document.and_then(|mut document| document.instances.remove(role));
        let id = record.filter(|it| !it.sealed && it.address.is_some()).and_then(|it| it.id);
        if (id.is_some() && id == self.id) || self.is_replaced(place.scope) {
            return Ok(());
        }
        drop(place.scope.remove::<Dynamic>("host"));
        let (call, cancel) = (format!("cloud::host({role:?})"), run.watch.cancel.clone());
        evaluator.no_host = None;
        self.id = id;
        match evaluator.evaluate_as("host".to_owned(), &call, place, cancel) {
            Ok(host) => drop(place.scope.push("host", host)),
            Err(error) if error.code() == Code::Interrupted => return Err(error),
            Err(error) => evaluator.no_host = Some(without_place(&error)),
        }
        Ok(())
    }

    /// Somebody has given the name to something else.
    fn is_replaced(&self, scope: &Scope<'_>) -> bool {
        let Some(value) = scope.get("host") else { return false };
        let scope = value.read_lock::<Host>().map(|host| host.reached.scope.clone());
        self.id.is_none() || scope != self.id
    }
}
