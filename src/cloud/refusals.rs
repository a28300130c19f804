//! Refusals that are the same on every cloud, with the same wording and exit code.

use super::ResourceKind;
use crate::{Code, Error};

/// In place of a reason, if the cloud gives none.
pub const NO_REASON: &str = "no reason given";

/// A resource cannot be deleted because others need it; each user is given as kind and id.
#[must_use]
pub fn in_use(kind: ResourceKind, id: &str, users: &[String]) -> Error {
    let error = Error::new(Code::Refused, format!("{kind} {id} is in use"));
    users.iter().fold(error, |error, user| error.cause(format!("used by {user}")))
}

/// Names must be unique, and this one belongs to another resource.
#[must_use]
pub fn name_taken(kind: ResourceKind, name: &str) -> Error {
    Error::new(Code::NameTaken, format!("another {kind} is already named `{name}`"))
}

/// A resource that should exist is not known to the cloud.
#[must_use]
pub fn gone(kind: ResourceKind, id: &str) -> Error {
    Error::not_found(format!("{kind} {id} no longer exists"))
}

/// Another operation on the resource is running; the same call may succeed later.
#[must_use]
pub fn busy(kind: ResourceKind, id: &str) -> Error {
    Error::new(Code::Busy, format!("{kind} {id} is busy"))
}
