//! Chains over several combinations of cloud, region and distribution, by driving the real binary on the
//! fake cloud.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "matrix/at.rs"]
mod at;
#[path = "matrix/combinations.rs"]
mod combinations;
#[path = "matrix/modules.rs"]
mod modules;
#[path = "support/project.rs"]
mod project;
#[path = "matrix/rounds.rs"]
mod rounds;
#[path = "matrix/side_by_side.rs"]
mod side_by_side;

use project::Project;

/// Two regions and two distributions, of which one pair is left out.
const MATRIX: &str = "
matrix:
  region: [north-1, south-1]
  distribution: [debian12, debian13]
  exclude: [{region: south-1, distribution: debian13}]
";
const ALL: [&str; 3] = ["fake/north-1/debian12", "fake/north-1/debian13", "fake/south-1/debian12"];

/// A project whose config.yaml says this besides.
fn project(config: &str) -> Project {
    let project = Project::new();
    let usual = std::fs::read_to_string(project.path().join("config.yaml")).unwrap();
    project.write("config.yaml", &format!("{usual}{config}"));
    project
}

/// The file of a combination.
fn read(project: &Project, combination: &str, file: &str) -> String {
    let folder = project.path().join(".imgctl").join(combination.replace('/', "_"));
    std::fs::read_to_string(folder.join(file)).unwrap_or_default()
}

/// What became of a combination, as its file says.
fn outcome(project: &Project, combination: &str) -> String {
    let text = read(project, combination, "result.json");
    let record: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    record["outcome"].as_str().unwrap_or("none").to_owned()
}
