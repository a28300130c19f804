//! Lists: all of their pages, and the zones and regions missing from them.

use serde_json::Value;

use super::api::{Api, Ask};
use crate::cloud::pages::Pages;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// A list, and the zones and regions that could not contribute to it.
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
            // An aggregated list: by zone or region, each with its own list or a warning.
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
            let message = page["warning"]["message"].as_str().filter(|text| !text.is_empty());
            named.push(message.unwrap_or("some zones").to_owned());
        }
        self.unreachable.extend(named);
    }

    /// The items, if the list is complete as far as the `wanted` zones and regions go.
    ///
    /// # Errors
    /// `Code::Connection` where one of these is missing.
    pub fn complete(self, purpose: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<Value>> {
        let mut missing = self.unreachable;
        missing.retain(|place| wanted(place));
        missing.sort();
        missing.dedup();
        if missing.is_empty() {
            return Ok(self.items);
        }
        let message = format!("cannot {purpose}: some zones are unreachable");
        Err(Error::new(Code::Connection, message)
            .cause(format!("no answer for {}", missing.join(", ")))
            .hint("run the same command again later: resources may still exist there"))
    }
}

/// The list of an empty zone has a warning, too, with another code.
fn is_unreachable(warning: &Value) -> bool {
    warning["code"] == "UNREACHABLE"
}

impl Api {
    /// Every item of a list. An empty page need not be the last one.
    pub async fn list(
        &self,
        path: &str,
        filter: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Vec<Value>> {
        self.listed(path, filter, purpose, watch).await?.complete(purpose, |_| true)
    }

    /// As [`Api::list`], for callers that can do without some zones.
    pub async fn listed(
        &self,
        path: &str,
        filter: &str,
        purpose: &str,
        watch: &Watch,
    ) -> Result<Listed> {
        let (mut listed, mut page) = (Listed::default(), String::new());
        let mut pages = Pages::of(purpose);
        loop {
            let query = [("filter", filter), ("pageToken", page.as_str())];
            let query: Vec<_> = query.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let answer = self.ask(&Ask::get(path, &query, purpose), watch).await?;
            listed.add(&answer);
            let Some(next) = pages.next(answer["nextPageToken"].as_str())? else {
                return Ok(listed);
            };
            page = next;
        }
    }
}
