//! Functions that belong to Rhai's grammar: its engine has no description of them.

use super::entry::{Entry, Form, Parameter};

/// What is called, with which parameters, and what for.
const KEYWORDS: [(&str, &[&str], &str); 9] = [
    ("type_of", &["value"], "The name of the type of a value."),
    ("is_shared", &["value"], "Whether a value is a variable that closures share."),
    ("is_def_var", &["name"], "Whether there is a variable of this name."),
    (
        "is_def_fn",
        &["name", "parameters"],
        "Whether the script has a function of this name with so many parameters.",
    ),
    ("Fn", &["name"], "The function of this name, to be called later or to be handed on."),
    ("call", &["function", "arguments"], "Calls a function: `function.call(1, 2)`."),
    (
        "curry",
        &["function", "arguments"],
        "A function whose first arguments are given already: `function.curry(1)`.",
    ),
    ("eval", &["code"], "Runs code that is text."),
    ("print", &["value"], "Prints a value as a line of the output."),
];

/// Those that are not among the entries already.
pub fn entries(section: &str, others: &[Entry]) -> Vec<Entry> {
    let is_new = |name: &str| others.iter().all(|entry| entry.name != name);
    let new = KEYWORDS.iter().filter(|(name, ..)| is_new(name));
    new.map(|(name, parameters, about)| Entry {
        section: section.to_owned(),
        signature: format!("{name}({})", parameters.join(", ")),
        name: (*name).to_owned(),
        text: (*about).to_owned(),
        form: Form::Function,
        parameters: parameters.iter().map(|name| parameter(name)).collect(),
        of: None,
        returns: None,
    })
    .collect()
}

fn parameter(name: &str) -> Parameter {
    Parameter { name: name.to_owned(), kinds: Vec::new() }
}
