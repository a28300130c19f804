//! Consoles of servers.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::nova::Compute;
use crate::cloud::openstack::client::Client;
use crate::cloud::openstack::fault::fault;
use crate::report::Watch;
use crate::{Code, Result};

impl Compute {
    /// The last lines of a server's console; empty while it has none.
    ///
    /// # Errors
    /// `Capability` if nova's driver has no consoles.
    pub async fn console(&self, client: &Client, server: &str, watch: &Watch) -> Result<String> {
        let path = format!("/servers/{server}/action");
        let purpose = "read the console";
        let body = json!({"os-getConsoleOutput": {"length": 500}});
        let mut ask = self.ask(client, Method::POST, &path, purpose, watch).await?.body(body);
        ask.repeatable = true;
        let response = client.send(&ask, watch).await?;
        match response.status {
            // The server is still being built, or is stopped.
            StatusCode::CONFLICT => Ok(String::new()),
            // The same answer for a console that does not exist yet and for a server that no longer
            // exists.
            StatusCode::NOT_FOUND if self.server(client, server, watch).await?.is_some() => {
                Ok(String::new())
            }
            StatusCode::NOT_IMPLEMENTED => Err(fault(&response, purpose)
                .with_code(Code::Capability)
                .hint("set ssh.host_key to handed_in or first_use: this cloud has no consoles")),
            StatusCode::FORBIDDEN => Err(fault(&response, purpose).hint(
                "set ssh.host_key to handed_in or first_use, or ask for a role that may read consoles",
            )),
            status if status.is_success() => {
                Ok(response.json()["output"].as_str().unwrap_or_default().to_owned())
            }
            _ => Err(fault(&response, purpose)),
        }
    }
}
