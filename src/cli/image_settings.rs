//! Settings of the CI image that its steps would refuse, told before an instance is paid for.

use std::path::Path;

use crate::Result;
use crate::config::{Config, Lists, Selection};
use crate::script::Task;

/// Whether a task asks for them, itself or in a task that it runs.
pub fn are_read(project: &Path, task: &Task) -> bool {
    let text = &task.source.text;
    let inner = || Task::readable(project).into_iter().filter(reads);
    let runs = |inner: Task| text.contains(&format!("\"{}\"", inner.name));
    reads(task) || text.contains("task::run(") && inner().any(runs)
}

/// As it is written in scripts, for one setting or an item.
fn reads(task: &Task) -> bool {
    task.source.text.contains("ci_image.")
}

/// Those of combinations.
pub fn check_all(config: &Config, selections: &[Selection]) -> Result<()> {
    for Selection { cloud, region, distribution, .. } in selections {
        let region = Some(region.as_str()).filter(|region| !region.is_empty());
        config
            .check_ci_image(Some(cloud), region, Some(distribution))
            .map_err(|error| error.context(format!("{cloud}, {distribution}")))?;
    }
    Ok(())
}

/// Those of the combinations of `matrix:`. Other mistakes in these are told where they are built: who checks may
/// lack the variables of some clouds.
pub fn check_matrix(config: &Config) -> Result<()> {
    let Ok(Some(matrix)) = config.matrix() else { return Ok(()) };
    let Ok(selections) = config.combinations(&Lists::default(), &matrix) else { return Ok(()) };
    check_all(config, &selections)
}
