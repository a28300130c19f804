//! What to do about a function that does not exist, or not with such arguments.

use std::collections::BTreeSet;

use rhai::{EvalAltResult, ScriptFnMetadata};

use crate::error::nearest;

/// The function that a script of this name has called itself and that was not found. None: it is another error, or a
/// module has called it.
#[must_use]
pub fn function<'e>(mut error: &'e EvalAltResult, source: &str) -> Option<&'e str> {
    let mut file = source;
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(_, within, inner, _) => {
                if !within.is_empty() {
                    file = within;
                }
                error = inner;
            }
            EvalAltResult::ErrorInModule(_, inner, _) => error = inner,
            EvalAltResult::ErrorFunctionNotFound(signature, _) if file == source => {
                let name = signature.split(['(', ' ']).next().unwrap_or_default();
                let name = name.rsplit("::").next().unwrap_or_default();
                let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && !name.contains('$');
                return is_name.then_some(name);
            }
            _ => return None,
        }
    }
}

/// A function of a script: its name, and its parameters.
#[must_use]
pub fn own(function: ScriptFnMetadata<'_>) -> (String, Vec<String>) {
    let parameters = function.params.iter().map(|name| (*name).to_owned()).collect();
    (function.name.to_owned(), parameters)
}

/// The cure. `own` are the functions of the script with their parameters, `known` the names that `imgctl api` shows.
#[must_use]
pub fn cure(name: &str, own: &[(String, Vec<String>)], known: &BTreeSet<String>) -> String {
    let ours: Vec<String> = own
        .iter()
        .filter(|(own, _)| own == name)
        .map(|(name, parameters)| format!("`{name}({})`", parameters.join(", ")))
        .collect();
    if !ours.is_empty() {
        return format!("this script's own is {}", ours.join(" or "));
    }
    if known.contains(name) {
        return format!(
            "check the number and types of the arguments: `imgctl api {name}` shows them"
        );
    }
    let names = own.iter().map(|(name, _)| name.as_str()).chain(known.iter().map(String::as_str));
    match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`imgctl api` lists the functions that there are".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cure_names_only_what_there_is() {
        let own = [("greet".to_owned(), vec!["name".to_owned()])];
        let known = BTreeSet::from(["debug".to_owned()]);
        let cure = |name| cure(name, &own, &known);
        assert_eq!(cure("greet"), "this script's own is `greet(name)`");
        assert!(cure("debug").ends_with("`imgctl api debug` shows them"));
        assert_eq!(cure("deebug"), "did you mean `debug`?");
        assert!(cure("undefined").starts_with("`imgctl api` lists"));
    }
}
