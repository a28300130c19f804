//! Refusals that every cloud has, in the same words and with the same exit code everywhere.

use super::ResourceKind;
use crate::{Code, Error};

/// In place of a reason, where a cloud gives none.
pub const NO_REASON: &str = "no reason given";

/// Something cannot be deleted because others need it; each user is named by its kind and id.
#[must_use]
pub fn in_use(kind: ResourceKind, id: &str, users: &[String]) -> Error {
    let error = Error::new(Code::Refused, format!("{kind} {id} is in use"));
    users.iter().fold(error, |error, user| error.cause(format!("used by {user}")))
}

/// Names are unique there, and this one belongs to something else.
#[must_use]
pub fn name_taken(kind: ResourceKind, name: &str) -> Error {
    Error::new(Code::Refused, format!("another {kind} is already named `{name}`"))
}

/// It was there once, or should be, and the cloud does not know it.
#[must_use]
pub fn gone(kind: ResourceKind, id: &str) -> Error {
    Error::not_found(format!("{kind} {id} no longer exists"))
}

/// Something else is being done with it; the same call may succeed later.
#[must_use]
pub fn busy(kind: ResourceKind, id: &str) -> Error {
    Error::new(Code::Busy, format!("{kind} {id} is busy"))
}
