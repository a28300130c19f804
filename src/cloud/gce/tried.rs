//! Why each zone that was tried could not take an instance.

use super::failure::Refusal;
use crate::Error;

/// The zones that could not take an instance.
#[derive(Default)]
pub struct Tried {
    told: Vec<String>,
    refusal: Option<Refusal>,
}

impl Tried {
    /// The last refusal is the one to be told, but one for want of room says more.
    pub fn add(&mut self, told: String, refusal: Refusal) {
        self.told.push(told);
        if refusal.is_full_zone() || !self.refusal.as_ref().is_some_and(Refusal::is_full_zone) {
            self.refusal = Some(refusal);
        }
    }

    pub fn into_error(self) -> Error {
        let error = self.refusal.map(Refusal::into_error);
        let error = error.unwrap_or_else(|| Error::failed("no zone was tried"));
        if self.told.len() > 1 { error.cause(self.told.join(", ")) } else { error }
    }
}
