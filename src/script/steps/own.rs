//! What a step consists of.

use crate::script::reads::Found;
use crate::state::InputKind;

/// A part of a step itself: its text or version, or a value that it was given.
pub type Own = (InputKind, String, Found);
