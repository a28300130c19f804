//! From a cloud's name to its provider.

use std::sync::Arc;

use super::Cloud;
use crate::config::Selection;
use crate::{Error, Result};

/// Opens providers.
#[derive(Default)]
pub struct Providers;

impl Providers {
    /// The provider for these settings. Costs nothing remote.
    pub fn open(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        match selection.cloud.as_str() {
            other => Err(Error::usage(format!("this imgctl was built without cloud `{other}`"))
                .hint(format!("build it with `cargo build --features {other}`"))),
        }
    }
}
