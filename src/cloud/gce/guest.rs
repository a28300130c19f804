//! Guest attributes: what Google's agent on an instance tells of it.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Gce;
use super::api::Ask;
use super::failure::Failure;
use crate::Result;
use crate::cloud::Call;
use crate::report::Level;

/// Google allows ten looks at an instance's guest attributes in a minute; beyond them, it may drop
/// what the guest is just writing.
const GAP: Duration = Duration::from_secs(7);

/// By instance: when it was last looked, and which host keys were told.
pub type Told = BTreeMap<String, (Instant, Vec<String>)>;

impl Gce {
    /// What the guest agent has told of the SSH host keys; empty before it has. As it was when Google
    /// last let us look.
    pub(super) async fn guest_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        if let Some((when, keys)) = self.told().get(id)
            && when.elapsed() < GAP
        {
            return Ok(keys.clone());
        }
        let keys = self.read_guest_keys(id, call).await?;
        self.told().insert(id.to_owned(), (Instant::now(), keys.clone()));
        Ok(keys)
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_guest_keys(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let (_, path) = self.existing(id, call).await?;
        let path = format!("{}/{path}/getGuestAttributes", self.root(&call.watch).await?);
        let purpose = format!("read the host keys of {id}");
        let ask = Ask::get(&path, &[("queryPath", "hostkeys/")], &purpose);
        let answer = match self.api.ask(&ask, &call.watch).await {
            Ok(answer) => answer,
            Err(Failure::Refused(refusal)) if refusal.is_gone() => return Ok(Vec::new()),
            // A policy of the organisation may forbid them; the console tells the keys, too.
            Err(Failure::Refused(refusal)) if refusal.is_switched_off() => {
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
}
