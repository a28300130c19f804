//! Merge keys: `<<: *anchor` puts the entries of another map below those of this one.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::marks::{Below, Mark};
use super::problem::Problem;

pub const KEY: &str = "<<";

/// Takes `<<` out of a map and fills in what the map lacks, the first of several maps first.
pub fn apply(
    map: &mut Map<String, Value>,
    marks: &mut HashMap<String, Mark>,
) -> Result<(), Problem> {
    let (Some(value), Some(mark)) = (map.shift_remove(KEY), marks.remove(KEY)) else {
        return Ok(());
    };
    let key = mark.pointed();
    let bases = match (value, mark.below) {
        (Value::Array(values), Below::Items(marks)) => {
            values.into_iter().zip(marks.into_iter().map(|mark| mark.below)).collect()
        }
        base => vec![base],
    };
    for base in bases {
        let (Value::Object(base), Below::Entries(mut base_marks)) = base else {
            return Err(Problem::new("the value of `<<` must be a map or a list of maps", key)
                .hint("write `<<: *NAME`, and `&NAME` at the map that is meant"));
        };
        for (name, value) in base {
            if map.contains_key(&name) {
                continue;
            }
            if let Some(mark) = base_marks.remove(&name) {
                marks.insert(name.clone(), mark);
            }
            map.insert(name, value);
        }
    }
    Ok(())
}
