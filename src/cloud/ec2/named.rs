//! What names images in an account, as it was last read: launch templates and parameters.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// How long it is remembered: `prune_images` asks for the users of many images in a row.
pub const FRESH: Duration = Duration::from_secs(60);

/// A version of a launch template or a parameter, and the id of its image.
pub struct Named {
    pub by: String,
    pub image: String,
}

/// All of one kind, and when they were read.
pub type LastRead = Mutex<Option<(Instant, Vec<Named>)>>;

/// What names this image.
pub fn by_what(all: &[Named], image: &str) -> Vec<String> {
    all.iter().filter(|named| named.image == image).map(|named| named.by.clone()).collect()
}
