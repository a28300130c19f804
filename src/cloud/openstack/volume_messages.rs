//! Cinder's own words on why something failed: it works on a volume after its reply, so the reply cannot
//! say.

use reqwest::Method;
use serde::Deserialize;

use super::catalogue::Service;
use super::client::{Ask, Client};
use crate::report::{Level, Watch};

/// The first version whose messages can be filtered.
/// <https://docs.openstack.org/cinder/latest/contributor/api_microversion_history.html>
const VERSION: &str = "volume 3.5";

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    resource_uuid: Option<String>,
    user_message: String,
}

/// The newest message on a volume or snapshot; none where cinder has none or is too old for messages.
pub async fn newest(client: &Client, id: &str, watch: &Watch) -> Option<String> {
    let path = format!("/messages?resource_uuid={id}&sort=created_at:desc");
    let mut ask = Ask::new(Method::GET, Service::Volume, &path, "list cinder's messages");
    ask.headers.push(("openstack-api-version", VERSION.to_owned()));
    let page: Page = match client.read(&ask, watch).await {
        Ok(page) => page,
        Err(error) => {
            watch.report.log(Level::Debug, &format!("cinder's reason is not known: {error}"));
            return None;
        }
    };
    let is_its = |message: &Message| message.resource_uuid.as_deref() == Some(id);
    page.messages.into_iter().find(is_its).map(|message| message.user_message)
}
