//! What an instance reports about itself: guest attributes and the serial console.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use super::api::Ask;
use super::fault::Failure;
use super::provider::Gce;
use crate::Result;
use crate::cloud::Call;
use crate::report::Level;

/// Google allows ten queries of an instance's guest attributes in a minute, and beyond them may drop
/// what the guest is writing:
/// <https://cloud.google.com/compute/docs/metadata/manage-guest-attributes>.
const GAP: Duration = Duration::from_secs(7);

/// What reading the host keys needs.
const READ_KEYS: &str = "compute.instances.getGuestAttributes";

/// The last bytes of the console are enough for a person to read.
const CONSOLE_BYTES: &str = "-65536";

impl Gce {
    /// The SSH host keys that the guest agent has reported, as of the last query that [`GAP`] allowed;
    /// empty before it has.
    pub(super) async fn guest_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let known = || self.guest_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, keys)) = known().get(id)
            && when.elapsed() < GAP
        {
            return Ok(keys.clone());
        }
        let keys = self.read_guest_keys(id, call).await?;
        known().insert(id.to_owned(), (Instant::now(), keys.clone()));
        Ok(keys)
    }

    async fn read_guest_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let path = self.existing(id, call).await?.path();
        let instance = format!("{}/{path}", self.root(&call.watch).await?);
        let path = format!("{instance}/getGuestAttributes");
        let purpose = format!("read the host keys of {id}");
        let ask = Ask::get(&path, &[("queryPath", "hostkeys/")], &purpose);
        let answer = match self.api.ask(&ask, &call.watch).await {
            Ok(answer) => answer,
            Err(Failure::Refused(refusal)) if refusal.is_gone() => return Ok(Vec::new()),
            Err(Failure::Refused(refusal)) if refusal.may_be_switched_off() => {
                if !self.may(READ_KEYS, &instance, call).await {
                    return Err(refusal.into_error());
                }
                // A policy of the organisation disables them; the console shows the keys, too.
                let message = format!("no guest attributes of {id}: {}", refusal.message);
                call.watch.report.log(Level::Debug, &message);
                return Ok(Vec::new());
            }
            Err(failure) => return Err(failure.into()),
        };
        let items = answer["queryValue"]["items"].as_array().into_iter().flatten();
        let keys = items.filter(|item| item["namespace"] == "hostkeys").filter_map(|item| {
            Some(format!("{} {}", item["key"].as_str()?, item["value"].as_str()?.trim()))
        });
        Ok(keys.collect())
    }

    /// Whether the caller has this permission on an instance, which everybody may ask. False: Google does not say.
    async fn may(&self, permission: &str, instance: &str, call: &Call) -> bool {
        let ask = Ask {
            method: Method::POST,
            path: &format!("{instance}/testIamPermissions"),
            query: &[],
            body: Some(json!({ "permissions": [permission] })),
            purpose: "ask for the permissions on the instance",
            repeatable: true,
            is_look: true,
        };
        let answer = self.api.ask(&ask, &call.watch).await.unwrap_or_default();
        let given = answer["permissions"].as_array();
        given.is_some_and(|given| given.iter().any(|it| it == permission))
    }

    /// The end of the serial port's output.
    pub(super) async fn serial_port(&self, id: &str, call: &Call) -> Result<String> {
        let path = self.existing(id, call).await?.path();
        let path = format!("{}/{path}/serialPort", self.root(&call.watch).await?);
        let query = [("port", "1"), ("start", CONSOLE_BYTES)];
        let purpose = format!("read the console of {id}");
        let answer = self.api.ask(&Ask::get(&path, &query, &purpose), &call.watch).await?;
        Ok(answer["contents"].as_str().unwrap_or_default().to_owned())
    }
}
