//! The refusals of the zones in which an instance was requested, as one error.

use super::fault::Refusal;
use crate::Error;

/// Collected while one zone after the other is tried.
#[derive(Default)]
pub struct ZoneRefusals {
    messages: Vec<String>,
    refusal: Option<Refusal>,
}

impl ZoneRefusals {
    /// The error is that of the last zone, except that a lack of capacity, which passes, is preferred
    /// to a missing machine type.
    pub fn add(&mut self, message: String, refusal: Refusal) {
        self.messages.push(message);
        if refusal.is_full_zone() || !self.refusal.as_ref().is_some_and(Refusal::is_full_zone) {
            self.refusal = Some(refusal);
        }
    }

    pub fn into_error(self) -> Error {
        let error = self.refusal.map(Refusal::into_error);
        let error = error.unwrap_or_else(|| Error::failed("no zone was tried"));
        if self.messages.len() > 1 { error.cause(self.messages.join(", ")) } else { error }
    }
}
