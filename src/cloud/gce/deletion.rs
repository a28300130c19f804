//! Deleting one resource for good: asked for again where it was not carried out, and verified.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::fault::Failure;
use super::operation::Change;
use super::provider::Gce;
use super::status::word;
use super::sure::SURE;
use crate::cloud::wait::{self, Patience, Poll};
use crate::cloud::{Call, ResourceKind};
use crate::report::Watch;
use crate::{Error, Result};

/// After a deletion that Google reported as carried out, how long the resource may still be shown
/// before it is deleted again.
const SHOWN: Duration = Duration::from_secs(10);
/// How long something else may still use the resource: what was deleted just now, or an image that is
/// being made of the disk.
const IN_USE: Duration = Duration::from_secs(60);

/// What has become of the deletion so far.
#[derive(Default)]
struct Progress {
    /// When it was last carried out, as Google says.
    deleted: Option<Instant>,
    /// Since when nothing is found.
    missing: Option<Instant>,
    /// Since when something else uses it.
    in_use: Option<Instant>,
}

impl Gce {
    /// Deletes a resource and verifies that it is gone. `path` is below the project.
    ///
    /// # Errors
    /// If Google refuses, something else uses it, or it still exists at the end of the patience.
    pub(super) async fn delete_surely(
        &self,
        kind: ResourceKind,
        name: &str,
        path: &str,
        purpose: &str,
        call: &Call,
    ) -> Result<()> {
        let watch = &call.watch;
        let whole = format!("{}/{path}", self.root(watch).await?);
        let looking = format!("look up {kind} {name}");
        let patience = match kind {
            ResourceKind::Image => self.settings.image_timeout,
            _ => self.settings.operation_timeout,
        };
        let progress = Mutex::new(Progress::default());
        let state = || progress.lock().unwrap_or_else(PoisonError::into_inner);
        let look = || async {
            let Some(found) = self.api.find(&whole, &looking, watch).await? else {
                let mut state = state();
                let since = *state.missing.get_or_insert_with(Instant::now);
                let is_sure = state.deleted.is_some() || since.elapsed() >= SURE;
                return Ok(if is_sure {
                    Poll::Ready(())
                } else {
                    Poll::Pending("it is not found".to_owned())
                });
            };
            state().missing = None;
            let deleted = state().deleted;
            if deleted.is_some_and(|when| when.elapsed() < SHOWN) {
                return Ok(Poll::Pending(format!("it still exists ({})", word(&found))));
            }
            if kind == ResourceKind::Disk {
                self.remove_users(&found, call).await?;
            }
            match self.delete(path.to_owned(), purpose.to_owned(), watch).await {
                Ok(true) => {
                    state().deleted = Some(Instant::now());
                    // It is verified at once: the next look is far off after a long deletion.
                    Ok(match self.api.find(&whole, &looking, watch).await? {
                        None => Poll::Ready(()),
                        Some(found) => Poll::Pending(format!("it still exists ({})", word(&found))),
                    })
                }
                Ok(false) => Ok(Poll::Pending("it is not found".to_owned())),
                Err(Failure::Refused(refusal)) if refusal.in_use() || refusal.is_busy() => {
                    let since = *state().in_use.get_or_insert_with(Instant::now);
                    if since.elapsed() >= IN_USE {
                        return Err(refusal.into_error());
                    }
                    Ok(Poll::Pending(refusal.message))
                }
                Err(failure) => Err(Error::from(failure)),
            }
        };
        let what = format!("{kind} {name} to be deleted");
        wait::until(&what, Patience::for_up_to(patience), watch, look).await
    }

    /// Asks for the deletion once; false when the resource did not exist.
    async fn delete(&self, path: String, purpose: String, watch: &Watch) -> Result<bool, Failure> {
        let patience = self.settings.operation_timeout;
        let change = Change::new(Method::DELETE, path, purpose, patience);
        match self.change(&change, watch).await {
            Ok(()) => Ok(true),
            Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}
