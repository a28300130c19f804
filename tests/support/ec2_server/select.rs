//! Selecting what a Describe request asks for, by id and by filter.
//!
//! EC2 is eventually consistent: for a while, a new resource is not found by id (`….NotFound`) and is
//! omitted by filters. Here, this lasts for a number of requests.

use super::Request;
use super::world::Tags;
use super::xml::Refusal;

/// A resource that can be described.
pub trait Thing {
    fn id(&self) -> &str;
    fn tags(&self) -> &Tags;
    /// The values that a filter compares; None when EC2 has no filter of this name.
    fn values(&self, filter: &str) -> Option<Vec<String>>;
    /// How many more requests do not find it.
    fn misses(&mut self) -> &mut u32;
}

/// Whether a request finds this resource. A new one is missed by changes, too.
pub fn shows<T: Thing>(thing: &mut T, request: &Request) -> bool {
    if request.counts() && *thing.misses() > 0 {
        *thing.misses() -= 1;
        return false;
    }
    true
}

/// The resources that a request asks for: `ids` is the parameter's name, `not_found` EC2's error code.
pub fn select<'a, T: Thing>(
    things: &'a mut [T],
    request: &Request,
    ids: &str,
    not_found: &str,
) -> Result<Vec<&'a mut T>, Refusal> {
    let ids = request.form.list(ids);
    let filters = request.form.filters();
    let mut chosen = Vec::new();
    let mut missing = ids.clone();
    for thing in things.iter_mut() {
        let asked = ids.is_empty() || ids.iter().any(|id| id == thing.id());
        if !asked || !passes(thing, &filters)? {
            continue;
        }
        if !shows(thing, request) {
            continue;
        }
        missing.retain(|id| id != thing.id());
        chosen.push(thing);
    }
    // Only without filters must every id be found.
    if filters.is_empty() && !missing.is_empty() {
        let names = missing.join(", ");
        return Refusal::client(not_found, format!("The ID '{names}' does not exist"));
    }
    Ok(chosen)
}

fn passes<T: Thing>(thing: &T, filters: &[(String, Vec<String>)]) -> Result<bool, Refusal> {
    for (name, patterns) in filters {
        let values = match name.as_str() {
            "tag-key" => thing.tags().keys().cloned().collect(),
            name if name.starts_with("tag:") => {
                thing.tags().get(&name["tag:".len()..]).cloned().into_iter().collect()
            }
            name => match thing.values(name) {
                Some(values) => values,
                None => {
                    let message = format!("The filter '{name}' is invalid");
                    return Refusal::client("InvalidParameterValue", message);
                }
            },
        };
        let any = |value: &String| patterns.iter().any(|pattern| matches(pattern, value));
        if !values.iter().any(any) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a text matches a filter's pattern with `*` and `?`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| matches(rest.as_str(), &text[at..]))
        }
        Some(wanted) => {
            let mut others = text.chars();
            let first = others.next();
            first.is_some_and(|found| wanted == '?' || wanted == found)
                && matches(rest.as_str(), others.as_str())
        }
    }
}

/// A page of the result: `MaxResults` items from `NextToken` on, and the next token.
pub fn page<T>(mut all: Vec<T>, request: &Request, most: usize) -> (Vec<T>, Option<String>) {
    let start: usize = request.form.get("NextToken").parse().unwrap_or(0);
    let size = request.form.get("MaxResults").parse().unwrap_or(most).min(most);
    let rest = all.split_off(start.min(all.len()));
    let more = rest.len() > size;
    (rest.into_iter().take(size).collect(), more.then(|| (start + size).to_string()))
}
