//! Operators, and the types of values that they take, as the engine itself tells.

use rhai::{Array, Dynamic, EvalAltResult, FnCallExpr, Map, Position, Scope};

use super::Checker;
use super::file::File;
use super::kind::Kind;
use super::values::shown;
use crate::{Code, Error};

impl File<'_, '_> {
    pub fn operator(&mut self, call: &FnCallExpr, kinds: &[Kind], position: Position) -> Kind {
        let name = call.name.as_str();
        let known: Option<Vec<&str>> = kinds.iter().map(Option::as_deref).collect();
        let fails = match known {
            _ if self.trying > 0 || call.op_token.is_none() => false,
            Some(known) if name == "!" => known != ["bool"],
            Some(known) => !self.checker.operator_takes(name, &known),
            None => false,
        };
        if !fails {
            self.never_equal(name, kinds, position);
        }
        if fails {
            let types: Vec<&str> = kinds.iter().flatten().map(|kind| shown(kind)).collect();
            let message = format!("`{name}` cannot be applied to {}", types.join(" and "));
            let hint = match name {
                "!" => "compare the value: `x == \"\"`, `x == 0`, `result.status != 0`",
                "%" if kinds.first().is_some_and(is_text) => {
                    "values are put in between backticks: `version ${x}`"
                }
                _ => "convert a value first: `to_string(x)`, `parse_int(x)`, `x.to_float()`",
            };
            let error = Error::new(Code::Script, message).hint(hint);
            self.error("wrong_type", &error, position);
        }
        result(name, kinds)
    }

    /// Values of different types are not equal, and neither is less than the other one.
    fn never_equal(&mut self, name: &str, kinds: &[Kind], position: Position) {
        let [Some(one), Some(other)] = kinds else { return };
        let always = match name {
            "==" | "<" | ">" | "<=" | ">=" => "false",
            "!=" => "true",
            _ => return,
        };
        let is_apart = match (group(one), group(other)) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        };
        if !is_apart || self.trying > 0 {
            return;
        }
        let types = format!("{} with {}", shown(one), shown(other));
        let message = format!("`{name}` compares {types}, which is always {always}");
        let has = |kind: &str| [one.as_str(), other.as_str()].contains(&kind);
        let hint = match (has("CommandResult"), has("map")) {
            (true, _) => "compare `result.stdout` or `result.status`",
            (_, true) => "compare one of its values: `map.key`, such as `host.os.id`",
            _ => "convert a value first: `to_string(x)`, `parse_int(x)`, `parse_float(x)`",
        };
        self.fail("never_equal", message, Some(hint.to_owned()), position);
    }
}

/// Types of one group can be compared with each other. None: nothing is known of the type.
fn group(kind: &str) -> Option<&str> {
    Some(match kind {
        "i64" | "f64" => "number",
        "string" | "char" => "text",
        "bool" | "array" | "map" | "Host" | "CommandResult" => kind,
        _ => return None,
    })
}

fn is_text(kind: &Kind) -> bool {
    kind.as_deref() == Some("string")
}

fn result(name: &str, kinds: &[Kind]) -> Kind {
    match name {
        "==" | "!=" | "<" | ">" | "<=" | ">=" | "!" | "in" => Some("bool".to_owned()),
        "+" if kinds.iter().all(is_text) => Some("string".to_owned()),
        _ => None,
    }
}

impl Checker<'_> {
    /// Whether the engine computes this with values of these types.
    fn operator_takes(&mut self, name: &str, kinds: &[&str]) -> bool {
        let text = match (name, kinds.len()) {
            ("-", 1) => "-left".to_owned(),
            ("+" | "-" | "*" | "/" | "%" | "**", 2) => format!("left {name} right"),
            _ => return true,
        };
        let key = (text, kinds.iter().map(|&it| it.to_owned()).collect::<Vec<String>>());
        if let Some(known) = self.operators.get(&key) {
            return *known;
        }
        let mut scope = Scope::new();
        for (name, kind) in ["left", "right"].into_iter().zip(kinds) {
            let Some(value) = sample(kind) else { return true };
            scope.push_dynamic(name, value);
        }
        let tried = self.engine.eval_expression_with_scope::<Dynamic>(&mut scope, &key.0);
        let takes =
            !tried.is_err_and(|error| matches!(*error, EvalAltResult::ErrorFunctionNotFound(..)));
        self.operators.insert(key, takes);
        takes
    }
}

/// A value of a type of the language.
fn sample(kind: &str) -> Option<Dynamic> {
    Some(match kind {
        "string" => Dynamic::from("a"),
        "i64" => Dynamic::from_int(1),
        "f64" => Dynamic::from_float(1.0),
        "bool" => Dynamic::from_bool(true),
        "char" => Dynamic::from_char('a'),
        "array" => Dynamic::from_array(Array::new()),
        "map" => Dynamic::from_map(Map::new()),
        _ => return None,
    })
}
