//! Where combinations without a region are.

use std::sync::Arc;

use crate::Result;
use crate::config::{Config, Selection};
use crate::run::{Combination, Run};

/// Asks each cloud for the region of combinations that name none, before any of them begins.
///
/// # Errors
/// That of the first cloud which knows none.
pub fn check(run: &Arc<Run>, selections: &[Selection]) -> Result<()> {
    let nowhere = |selection: &&Selection| {
        selection.region.is_empty() && Config::has_regions(&selection.cloud)
    };
    for selection in selections.iter().filter(nowhere) {
        let cloud = run.cloud_of(selection)?;
        run.block_on(cloud.region(&run.watch))
            .map_err(|error| error.context(format!("{} is nowhere", Combination::of(selection))))?;
    }
    Ok(())
}
