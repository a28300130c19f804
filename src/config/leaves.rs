//! Checks the scalars of a document one by one.

use serde_json::Value;

use super::expand;
use super::misfit::{Kind, Misfit};
use super::mistake::Mistake;
use super::path::{KeyPath, Segment};
use super::schema;

pub type Check<'c> = &'c mut dyn FnMut(&Value) -> Result<(), Misfit>;

/// Reads every scalar alone, in the maps and lists that lead to it: a mistake in one must not hide
/// another, nor must a variable that is not filled in yet.
pub fn leaves(value: &Value, path: &KeyPath, check: Check<'_>, mistakes: &mut Vec<Mistake>) {
    let mut found = Vec::new();
    collect(value, KeyPath::default(), &mut found);
    for (leaf, value) in found {
        let Err(misfit) = check(&leaf.wrap(value.clone())) else { continue };
        // Alone, a scalar has no neighbours; what is read as a whole has them all.
        let lacks_neighbours =
            matches!(misfit.kind, Kind::Missing(_)) && misfit.path.len() < leaf.0.len();
        if matches!(misfit.kind, Kind::Unresolved) || lacks_neighbours {
            continue;
        }
        // In the wrapped value every list has one item: take the true positions from the leaf.
        let depth = misfit.path.len().min(leaf.0.len());
        let path_of_fault = [&leaf.0[..depth], &misfit.path[depth..]].concat();
        let misfit = Misfit { path: path_of_fault, ..misfit };
        let mistake = Mistake::of(misfit, path);
        // All leaves under an unknown key have the same mistake, one after the other.
        if mistakes.last().is_none_or(|last| last.message != mistake.message) {
            mistakes.push(mistake);
        }
    }
}

fn collect<'v>(value: &'v Value, path: KeyPath, out: &mut Vec<(KeyPath, &'v Value)>) {
    match value {
        // Its keys are valid only together.
        Value::Object(_) if is_whole(&path) => out.push((path, value)),
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(value, path.key(key), out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                collect(value, path.join([Segment::Index(index)]), out);
            }
        }
        _ => out.push((path, value)),
    }
}

fn is_whole(path: &KeyPath) -> bool {
    matches!(path.0.last(), Some(Segment::Key(key)) if schema::WHOLE.contains(&key.as_str()))
}

/// Checks the notation of variables: a `${` without an end is wrong even if the value is never used.
pub fn notation(value: &Value, path: &KeyPath, mistakes: &mut Vec<Mistake>) {
    let mut found = Vec::new();
    collect(value, path.clone(), &mut found);
    for (path, value) in found {
        let text = value.as_str().filter(|_| !expand::is_verbatim(&path));
        if let Some(Err(problem)) = text.map(expand::check_notation) {
            mistakes.push(Mistake::new(path, &problem.message).hint(problem.hint));
        }
    }
}
