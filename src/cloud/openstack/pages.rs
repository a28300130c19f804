//! Paging, which compute, network and block storage do alike.

use serde_json::Value;

/// How many items to ask for on a page. The services' default limit is 1000.
pub const PAGE: usize = 500;

/// Whether these links of a page name no next one.
#[must_use]
pub fn is_last(links: Option<&Value>) -> bool {
    let links = links.and_then(Value::as_array);
    !links.into_iter().flatten().any(|link| link["rel"] == "next")
}
