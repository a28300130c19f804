//! The launch templates of the account, as they were last read.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// How long the versions of launch templates are remembered: `prune_images` asks for the users of many
/// images in a row.
pub const FRESH: Duration = Duration::from_secs(60);

/// A version of a launch template, and the id of its image.
pub struct Version {
    pub name: String,
    pub image: String,
}

/// What was read of all launch templates, and when.
pub type Templates = Mutex<Option<(Instant, Vec<Version>)>>;
