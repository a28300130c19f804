//! `:steps`: what is done, and what the script at hand has yet to do.

use crate::report::{Level, Report};
use crate::script::running::Script;
use crate::state::StepRecord;
use crate::ui::duration;

/// Shows the steps of the instances that the state knows; those of the script in its order, if it has any.
pub fn show(script: &Script) {
    let run = &script.run;
    let done = run.store.document().map(|document| document.steps).unwrap_or_default();
    let text = script.sources.text(&script.source_name);
    let of_script = text.map(|text| crate::script::step_names::written(&text)).unwrap_or_default();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for name in &of_script {
        let record = done.iter().rev().find(|it| it.script == script.name && it.name == *name);
        rows.push(record.map_or_else(
            || vec![script.name.clone(), name.clone(), "not done".to_owned(), String::new()],
            row,
        ));
    }
    let is_shown = |it: &&StepRecord| it.script == script.name && of_script.contains(&it.name);
    rows.extend(done.iter().filter(|it| !is_shown(it)).map(row));
    if rows.is_empty() {
        run.ui.log(Level::Info, "no step is recorded: steps of tasks and of script files are");
        return;
    }
    run.ui.table("steps", &["Script", "Step", "Done", "Took"], &rows);
}

fn row(record: &StepRecord) -> Vec<String> {
    let took = duration(record.seconds);
    vec![record.script.clone(), record.name.clone(), record.finished_at.clone(), took]
}
