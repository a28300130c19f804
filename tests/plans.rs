//! Several combinations as jobs of other engines: the plans, by the schemas of their engines, and the
//! results of their jobs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "plans/collect.rs"]
mod collect;
#[path = "plans/engines.rs"]
mod engines;
#[path = "support/project.rs"]
mod project;
#[path = "plans/words.rs"]
mod words;

use project::Project;

/// A project whose config.yaml says this besides; its cloud is the same wherever it is copied to.
fn project(config: &str) -> Project {
    let project = Project::new();
    let usual = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    let folder = project.path().display();
    let usual = usual.replace("world: world.json", &format!("world: {folder}/world.json"));
    let usual = usual.replace("answers: answers.yaml", &format!("answers: {folder}/answers.yaml"));
    project.write("config.yaml", &format!("{usual}{config}"));
    project
}
