//! The reference of what scripts can call: made from the doc comments, kept in docs/api.md.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

use expect_test::expect_file;

use project::Project;

#[test]
fn the_reference_on_paper_is_the_one_in_the_source() {
    let ran = Project::new().imgctl(&["api", "--markdown"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    // `make docs` writes it anew.
    expect_file!["../docs/api.md"].assert_eq(&ran.stdout);
}

#[test]
fn one_function_is_found_by_any_of_its_names() {
    let project = Project::new();
    for name in ["cloud::create_image", "cloud.create_image", "create_image"] {
        let ran = project.imgctl(&["api", name]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("created server image: ID"), "{name}: {}", ran.stdout);
        assert!(ran.stdout.contains("```rhai"), "{name}: {}", ran.stdout);
    }
}

#[test]
fn a_module_is_found_by_its_name() {
    let ran = Project::new().imgctl(&["api", "package"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("package::install(host, names)"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("user::add"), "{}", ran.stdout);
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
    let ran = Project::new().imgctl(&["api", "cloud::upp"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert_eq!(ran.error(), "error: nothing is called `cloud::upp`");
    assert!(ran.stderr.contains("hint: `imgctl api` lists everything"), "{}", ran.stderr);
}
