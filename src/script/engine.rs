//! Builds the engine of a script.

use rhai::{Dynamic, Engine, EvalAltResult, Token};

use super::api::{self, bounds};
use super::resolver::Resolver;
use super::running::Script;
use crate::config::Limits;

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
    engine.on_print(move |text| ui.print(text));
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
    // An error of the language itself is another map than ours; scripts read the same properties of both.
    engine.on_map_missing_property(|map, property, _| {
        let of_the_language = map.contains_key("error") && map.contains_key("line");
        match property {
            "code" if of_the_language => Ok(Dynamic::from("script").into()),
            "hint" if of_the_language => Ok(Dynamic::from("").into()),
            _ => {
                let nowhere = rhai::Position::NONE;
                Err(EvalAltResult::ErrorPropertyNotFound(property.to_string(), nowhere).into())
            }
        }
    });
    api::register(&mut engine);
    engine
}
