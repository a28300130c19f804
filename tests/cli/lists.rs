//! Arguments that are lists: `copy_image:newest,regions='eu-west-1 us-east-1'`.

use crate::project::Project;

const SCRIPT: &str = "//! Show.
let given = args::parse([\"id\"], #{ regions: [], but: [\"north\", \"south\"] });
print(json::text([given.regions, given.but]));
";

fn project() -> Project {
    let project = Project::new();
    project.write("scripts/show.rhai", SCRIPT);
    project
}

#[test]
fn the_items_of_a_list_are_separated_by_spaces_or_commas() {
    let project = project();
    for (word, shown) in [
        ("show:x", r#"[[],["north","south"]]"#),
        ("show:x,regions=a", r#"[["a"],["north","south"]]"#),
        ("show:x,regions=a b", r#"[["a","b"],["north","south"]]"#),
        ("show:x,regions=  a   b ", r#"[["a","b"],["north","south"]]"#),
        (r"show:x,regions=a\,b\, c", r#"[["a","b","c"],["north","south"]]"#),
        ("show:x,regions=,but=", "[[],[]]"),
        ("show:x,but=1", r#"[[],["1"]]"#),
    ] {
        assert_eq!(project.imgctl(&[word]).succeeds().stdout.trim(), shown, "{word}");
    }
}

#[test]
fn a_list_that_is_given_wrongly_is_refused_with_the_usage() {
    let project = project();
    let usage = "usage: show:id,but='north south',regions='A B'";
    let ran = project.imgctl(&["show:x,regions=a,b"]).fails(2);
    ran.says("show does not take the argument `b`").hints(usage).calls_nothing();
    project.imgctl(&["show"]).fails(2).hints(usage);
    let ran = project.imgctl(&["show:x,regions=a,regions=b"]).fails(2);
    ran.says("the argument `regions` is given twice");
}

#[test]
fn a_script_passes_a_list_to_a_task() {
    let project = project();
    let code = "task::run(\"show\", #{ id: \"x\", regions: [\"a\", \"b\"] });";
    let ran = project.imgctl(&["run", "-e", code]).succeeds();
    assert_eq!(ran.stdout.trim(), r#"[["a","b"],["north","south"]]"#);
}

#[test]
fn the_tasks_that_take_lists_say_how() {
    let project = Project::new();
    project.imgctl(&["help:copy_image"]).succeeds().says("regions='eu-west-1 us-east-1'");
    project.imgctl(&["copy_image"]).fails(2).hints("copy_image:id,encryption_key=,regions='A B'");
    let usage = "share_image:id,accounts='A B',organizations='A B'";
    project.imgctl(&["share_image"]).fails(2).hints(usage);
    project.imgctl(&["copy_image:img-1"]).fails(2).says("at least one region");
    project.imgctl(&["share_image:img-1"]).fails(2).says("needs an account or organization");
}
