//! Calls as they were written before options were maps: people have copies of scripts, and are told how
//! such a call is written now.

use rhai::Expr;

use crate::{Code, Error};

/// The form that took over from `cloud::delete_image(id, true)`.
pub const DELETE_IMAGE: &str = "cloud::delete_image(id, #{ force: true })";

/// The form that took over from `file::directory(host, path, "0755", "ci:ci")`.
const DIRECTORY: &str = "file::directory(host, path, #{ mode: \"0755\", owner: \"ci:ci\" })";

/// What became one set of functions.
const KEPT: [(&str, &str); 4] = [
    ("state::keep", "state::set(name, value)"),
    ("state::kept", "state::get(name)"),
    ("state::note", "state::set(name, value, #{ keep: true })"),
    ("state::noted", "state::get(name)"),
];

/// The error for a call of such a form, where its text tells. `known`: there is a function that takes
/// this many arguments, such as one of the project's own library.
pub fn refuse(name: &str, arguments: &[Expr], known: bool) -> Option<Error> {
    if let Some((_, now)) = KEPT.iter().find(|(before, _)| *before == name) {
        let error = Error::new(Code::Script, format!("`{name}` has another name now"));
        return Some(error.hint(format!("write `{now}`")));
    }
    let now = match (name, arguments) {
        ("cloud::delete_image", [_, Expr::BoolConstant(..)]) => DELETE_IMAGE,
        ("file::directory", [_, _, _, _]) if !known => DIRECTORY,
        _ => return None,
    };
    let error = Error::new(Code::Script, format!("`{name}` takes its options as a map"));
    Some(error.hint(format!("write `{now}`")))
}
