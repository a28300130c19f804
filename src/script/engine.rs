//! Builds the engine of a script.

use rhai::{Dynamic, Engine, EvalAltResult, Token};

use super::api::{self, bounds, room};
use super::errors::{self, throw};
use super::resolver::Resolver;
use super::running::Script;
use crate::config::Limits;
use crate::error::nearest;
use crate::{Code, Error};

/// An engine with every namespace, bound to one run.
pub fn engine(script: &Script, limits: &Limits) -> Engine {
    let mut engine = bare_engine();
    engine.set_default_tag(Dynamic::from(script.clone()));
    engine.set_module_resolver(Resolver::new(
        &script.run.options.project,
        &script.sources,
        bare_engine,
    ));
    bounds::set(&mut engine, script, limits);
    let ui = script.run.ui.clone();
    engine.on_print(move |text| {
        // What was left out of it is an error in a moment.
        if !room::is_exceeded() {
            ui.print(text);
        }
    });
    let report = script.run.watch.report.clone();
    engine.on_debug(move |text, source, position| {
        let line = position.line().unwrap_or_default();
        let place = format!("{}:{line}", source.unwrap_or_default());
        report.log(crate::report::Level::Debug, &format!("{place} {text}"));
    });
    engine
}

/// Equal texts that an engine keeps once.
const STRINGS: usize = 256;

/// The language and its namespaces without a run, for the reference.
#[must_use]
pub fn bare_engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_max_strings_interned(STRINGS)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_expr_depths(128, 128)
        .set_max_call_levels(64);
    // Rhai reserves `package`, the name of a library module, and `debug`, which `log::debug` needs.
    #[expect(deprecated, reason = "rhai marks it as volatile, not as about to be removed")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if *word == "package" || *word == "debug" => Token::Identifier(word),
        other => other,
    });
    engine.on_map_missing_property(|map, property, _| {
        let nowhere = rhai::Position::NONE;
        if let Some(near) = nearest(property, map.keys().map(|key| key.as_str())) {
            let error = Error::new(Code::Script, errors::no_property(property));
            let mut error = throw(error.hint(format!("did you mean `{near}`?")));
            error.clear_position();
            return Err(error);
        }
        Err(EvalAltResult::ErrorPropertyNotFound(property.to_string(), nowhere).into())
    });
    api::register(&mut engine);
    engine
}
