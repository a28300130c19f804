//! The names of steps, as far as a script's text tells them.

/// The names of steps that are written in a script as literals.
#[must_use]
pub fn written(text: &str) -> Vec<String> {
    let begins = text.match_indices("step(\"").map(|(at, begin)| &text[at + begin.len()..]);
    begins.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// Whether a script's text has a step whose name is written as this literal.
#[must_use]
pub fn has_step(text: &str, name: &str) -> bool {
    let written = format!("\"{name}\"");
    text.match_indices(&written).any(|(at, _)| text[..at].trim_end().ends_with("step("))
}
