//! Modules, which combinations share where they are the same for all.

use crate::{ALL, MATRIX, project, read};

#[test]
fn a_module_that_asks_where_it_is_is_told_so_for_each_combination() {
    let project = project(MATRIX);
    let here = "//! Where it is.
const PLACE = `${cloud::region()} with ${cloud::distribution()}`;
/// The place.
fn place() { global::PLACE }
";
    // By itself it depends on no combination.
    let words = "//! Words.
import \"std/here\" as here;
const WORD = \"this is\";
/// A sentence.
fn sentence() { `${global::WORD} ${here::place()}` }
";
    project.write("stdlib/here.rhai", here);
    project.write("stdlib/words.rhai", words);
    let tell = "//! Tell.\nimport \"std/words\" as words;\nprint(words::sentence());\n";
    project.write("scripts/tell.rhai", tell);
    project.imgctl(&["tell", "--matrix"]).succeeds();
    for combination in ALL {
        let place = combination.trim_start_matches("fake/").replace('/', " with ");
        let log = read(&project, combination, "log");
        assert!(log.contains(&format!("this is {place}")), "{combination}: {log}");
    }
}

#[test]
fn a_module_that_is_corrected_meanwhile_is_read_as_it_is_then() {
    let project = project(MATRIX);
    project.write("stdlib/number.rhai", "//! Number.\n/// It.\nfn number() { 1 }\n");
    project.write(
        "stdlib/outer.rhai",
        "//! Outer.\nimport \"std/number\" as inner;\n/// It.\nfn number() { inner::number() }\n",
    );
    let script = "//! Correct it.
import \"std/outer\" as outer;
print(`first ${outer::number()}`);
fs::write(\"stdlib/number.rhai\", \"//! Number.\\n/// It.\\nfn number() { 2 }\\n\");
task::run(\"second\");
";
    let second =
        "//! Second.\nimport \"std/outer\" as outer;\nprint(`second ${outer::number()}`);\n";
    project.write("scripts/first.rhai", script);
    project.write("scripts/second.rhai", second);
    let ran = project.imgctl(&["first"]).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines, ["first 1", "second 2"], "{ran}");
}
