//! Lists, page after page, and the places that could not be asked.

use serde_json::Value;

use super::api::{Api, Ask};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// What a list tells, and of which zones and regions it tells nothing.
#[derive(Default)]
pub struct Listed {
    pub items: Vec<Value>,
    /// `zones/us-central1-a`
    pub unreachable: Vec<String>,
}

impl Listed {
    /// Reads one page.
    fn add(&mut self, page: &Value) {
        match &page["items"] {
            Value::Array(found) => self.items.extend(found.iter().cloned()),
            // By zone, each with a list of its own or a warning.
            Value::Object(scopes) => {
                for (scope, lists) in scopes {
                    let lists = lists.as_object().into_iter().flat_map(|lists| lists.values());
                    self.items.extend(lists.filter_map(Value::as_array).flatten().cloned());
                    if is_unreachable(&scopes[scope]["warning"]) {
                        self.unreachable.push(scope.clone());
                    }
                }
            }
            _ => {}
        }
        let named = page["unreachables"].as_array().into_iter().flatten();
        let mut named: Vec<String> =
            named.filter_map(|place| place.as_str().map(str::to_owned)).collect();
        if named.is_empty() && is_unreachable(&page["warning"]) {
            let told = page["warning"]["message"].as_str().filter(|told| !told.is_empty());
            named.push(told.unwrap_or("some place").to_owned());
        }
        self.unreachable.extend(named);
    }

    /// The items of a list that is whole, as far as the `wanted` places go.
    pub fn whole(self, purpose: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<Value>> {
        let mut missing = self.unreachable;
        missing.retain(|place| wanted(place));
        missing.sort();
        missing.dedup();
        if missing.is_empty() {
            return Ok(self.items);
        }
        let message = format!("cannot {purpose}: Google cannot reach all of its places");
        Err(Error::new(Code::Connection, message)
            .cause(format!("nothing is known of {}", missing.join(", ")))
            .hint("what is there may be there still: try again when they are back"))
    }
}

/// An empty list has a warning, too, of another kind.
fn is_unreachable(warning: &Value) -> bool {
    warning["code"] == "UNREACHABLE"
}

impl Api {
    /// Every item of a list. A page may be empty and not be the last.
    pub async fn list(
        &self,
        path: &str,
        filter: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Vec<Value>> {
        self.listed(path, filter, purpose, watch).await?.whole(purpose, |_| true)
    }

    /// As [`Api::list`], with what could not be reached.
    pub async fn listed(
        &self,
        path: &str,
        filter: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Listed> {
        let (mut listed, mut page) = (Listed::default(), String::new());
        loop {
            let query = [("filter", filter), ("pageToken", page.as_str())];
            let query: Vec<_> = query.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let answer = self.ask(&Ask::get(path, &query, purpose), watch).await?;
            listed.add(&answer);
            let next = answer["nextPageToken"].as_str().unwrap_or_default();
            if next.is_empty() || next == page {
                return Ok(listed);
            }
            page = next.to_owned();
        }
    }
}
