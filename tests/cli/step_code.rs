//! Steps run again when the code has changed that they consist of, and not otherwise.

use super::inputs::{done, names, run};
use crate::project::Project;

#[test]
fn a_function_is_known_by_its_text_in_every_process() {
    let project = Project::new();
    let code = "const F = |x| x + 1;
fn item(name, work) { step(name, || { work.call(1); }); }
item(\"one\", |n| print(n));
item(\"two\", |n| print(n + 2));
let all = #{ deep: [|n| n * 3] };
step(\"map\", || { let work = all.deep[0]; work.call(1) });
";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    let again = run(&project, &["mine"], &[]).succeeds();
    assert_eq!(done(&again), names(&[]), "{again}");
    // Elsewhere in the text it is the same function.
    let moved = format!("// moved\n\n{code}");
    project.write("scripts/mine.rhai", &moved);
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("scripts/mine.rhai", &code.replace("print(n + 2)", "print(n + 3)"));
    let ran = run(&project, &["mine"], &[]).succeeds().says("the value of `work` has changed");
    assert_eq!(done(&ran), names(&["two"]));
    project.write("scripts/mine.rhai", &code.replace("n + 2", "n + 3").replace("n * 3", "n * 4"));
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["map"]));
    project.write("scripts/mine.rhai", &code.replace("x + 1", "x + 5"));
    let told = run(&project, &["status", "--steps"], &[]).succeeds();
    told.says("the constant F has changed");
    let ran = run(&project, &["mine"], &[]).succeeds().says("the constant F has changed");
    assert_eq!(done(&ran), names(&["one", "two", "map"]));
}

#[test]
fn every_line_of_a_step_counts() {
    let project = Project::new();
    let code = "step(\"long\", || json::parse(\n    \"[1]\"\n));\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    project.write("scripts/mine.rhai", &code.replace("[1]", "[2]"));
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["long"]));
}

#[test]
fn a_module_that_was_loaded_in_a_step_concerns_no_other() {
    let project = Project::new();
    project.write("a.rhai", "fn work() { 1 }\n");
    let code = "step(\"loads\", || { let name = \"../a\"; import name as a; a::work() });\n\
                step(\"other\", || 1);\n";
    project.write("scripts/mine.rhai", code);
    run(&project, &["up", "mine"], &[]).succeeds();
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
    project.write("a.rhai", "fn work() { 2 }\n");
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&["loads"]));
}

#[test]
fn code_around_a_step_is_named_when_it_has_changed() {
    let project = Project::new();
    let code = "import \"tool\" as tool;\nconst PORT = 80;\nfn twice(n) { n * 2 }\n\
                step(\"it\", || tool::work(twice(global::PORT)));\n";
    project.write("scripts/mine.rhai", code);
    project.write("scripts/tool.rhai", "fn work(n) { n }\n");
    run(&project, &["up", "mine"], &[]).succeeds();
    let mut text = code.to_owned();
    for (old, new, why) in [
        ("n * 2", "2 * n", "the function `twice` has changed"),
        ("= 80", "= 81", "the constant PORT has changed"),
    ] {
        text = text.replace(old, new);
        project.write("scripts/mine.rhai", &text);
        run(&project, &["status", "--steps"], &[]).succeeds().says(why);
        let ran = run(&project, &["mine"], &[]).succeeds().says(why);
        assert_eq!(done(&ran), names(&["it"]));
    }
    project.write("scripts/tool.rhai", "fn work(n) { n + 1 }\n");
    let why = "the module scripts/tool.rhai has changed";
    run(&project, &["status", "--steps"], &[]).succeeds().says(why);
    run(&project, &["mine"], &[]).succeeds().says(why);
    // Comments and white space are no code.
    project.write(
        "scripts/tool.rhai",
        "//! Tools.\n\n/// One more.\nfn work(n) {\n    n + 1 // so\n}\n",
    );
    project.write("scripts/mine.rhai", &text.replace("{ 2 * n }", "{\n    // why\n    2  * n\n}"));
    let told = run(&project, &["status", "--steps"], &[]).succeeds();
    assert!(!told.stdout.contains("has changed"), "{}", told.stdout);
    assert_eq!(done(&run(&project, &["mine"], &[]).succeeds()), names(&[]));
}
