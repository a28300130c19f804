//! The reference of what scripts can call: made from the doc comments, kept in docs/api.md.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/project.rs"]
mod project;

use expect_test::expect_file;

use project::Project;

#[test]
fn the_reference_on_paper_is_the_one_in_the_source() {
    let ran = Project::new().imgctl(&["api", "--format", "markdown"]).succeeds();
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
    let ran = Project::new().imgctl(&["api", "cloud::upp"]).fails(2);
    ran.says("`cloud::upp`").hints("imgctl api");
}

#[test]
fn the_older_name_of_the_pages_works() {
    let project = Project::new();
    let pages = project.imgctl(&["api", "--format", "markdown"]).stdout;
    project.imgctl(&["api", "--markdown"]).succeeds().prints(&pages);
    project
        .imgctl(&["api", "--format", "text"])
        .succeeds()
        .prints(&project.imgctl(&["api"]).stdout);
}

#[test]
fn programs_get_parameters_and_types() {
    let ran = Project::new().imgctl(&["api", "--format", "json"]).succeeds();
    let reference: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let all = reference["entries"].as_array().unwrap();
    let of = |signature: &str| all.iter().find(|it| it["signature"] == signature).unwrap();
    let run = of("host.run(command, options)");
    assert_eq!((&run["form"], &run["returns"]), (&"method".into(), &"CommandResult".into()));
    assert_eq!(run["of"]["types"][0], "Host");
    assert_eq!(run["parameters"][1]["name"], "options");
    assert_eq!(run["parameters"][1]["types"][0], "map");
    assert_eq!(of("host.os")["form"], "property");
    assert_eq!(of("package::install(host, names)")["section"], "std/package");
    let pages = Project::new().imgctl(&["api", "--format", "markdown"]).stdout;
    let functions = pages.lines().filter(|line| line.starts_with("### `")).count();
    assert_eq!(all.len(), functions, "each page's entry is one here");
}

#[test]
fn definition_files_have_every_function_with_its_comment() {
    let ran = Project::new().imgctl(&["api", "--format", "rhai"]).succeeds();
    let text = &ran.stdout;
    assert!(text.starts_with("module static;\n"), "{text}");
    for line in [
        "fn run(host: Host, command: ?, options: map) -> CommandResult;",
        "fn get os(host: Host) -> ",
        "module cloud {",
        // `package` is a word of the language there.
        "module package_ {",
        "    fn install(host: ?, names: ?) -> ?;",
        "    /// ```rhai",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    // Definitions are not code: they are read by other programs, line by line.
    let odd = text.lines().find(|line| {
        let line = line.trim_start();
        let begins = ["fn ", "//", "module ", "}"];
        !line.is_empty() && !begins.iter().any(|word| line.starts_with(word))
    });
    assert_eq!(odd, None);
}

#[test]
fn one_form_at_a_time_is_asked_for() {
    let project = Project::new();
    project.imgctl(&["api", "cloud", "--format", "json"]).fails(2).says("shown as text");
    project.imgctl(&["api", "--schema", "--format", "json"]).fails(2);
    project.imgctl(&["api", "--format", "html"]).fails(2).says("markdown");
}
