//! The reference of what scripts can call: made from the doc comments, kept in docs/api.md.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

use expect_test::expect_file;

use project::Project;

#[test]
fn the_reference_on_paper_is_the_one_in_the_source() {
    let ran = Project::new().imgctl(&["api", "--markdown"]).succeeds();
    // `make docs` writes it anew.
    expect_file!["../docs/api.md"].assert_eq(&ran.stdout);
}

#[test]
fn one_function_is_found_by_any_of_its_names() {
    let project = Project::new();
    for name in ["cloud::create_image", "cloud.create_image", "create_image"] {
        let ran = project.imgctl(&["api", name]).succeeds();
        ran.says("created server image: ID").says("```rhai");
    }
}

#[test]
fn a_module_is_found_by_its_name() {
    let ran = Project::new().imgctl(&["api", "package"]).succeeds();
    ran.says("package::install(host, names)").never_says("user::add");
}

#[test]
fn the_overview_has_a_line_for_each_function() {
    let project = Project::new();
    let overview = project.imgctl(&["api"]).stdout;
    let whole = project.imgctl(&["api", "--markdown"]).stdout;
    let functions = whole.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    for function in functions {
        assert!(overview.contains(function), "{function} is not in\n{overview}");
    }
}

#[test]
fn what_does_not_exist_is_refused_with_the_cure() {
    let ran = Project::new().imgctl(&["api", "cloud::upp"]).fails(1);
    ran.says("`cloud::upp`").hints("imgctl api");
}
