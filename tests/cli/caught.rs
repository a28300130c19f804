//! Errors of the language itself, caught by scripts.

use crate::project::Project;

/// Names of Rhai's types, and beginnings of its sentences.
const RHAI: [&str; 10] = [
    "i64",
    "f64",
    "&str",
    "ImmutableString",
    "String",
    "FnPtr",
    "anon$",
    "not found",
    "incorrect",
    "in call to",
];

/// Values whose types nobody knows before the script runs.
const VALUES: &str = "let five = json::parse(\"5\"); let text = json::parse(\"\\\"a\\\"\");
    let map = json::parse(\"{\\\"a\\\": 1}\"); let list = json::parse(\"[1]\");";

const CASES: &[(&str, &str)] = &[
    ("list[7]", "the list has no item 7: it has 1, which is item 0"),
    ("text[7]", "the text has no character 7: it has 1, which is character 0"),
    ("map.zzzzzz", "there is no property `zzzzzz` here"),
    ("five.zzzzzz", "there is no property `zzzzzz` here"),
    ("text * five", "`*` cannot be applied to text and a whole number"),
    ("five.to_upper()", "there is no function `to_upper` that takes a whole number"),
    ("if five { print(1) }", "true or false is needed here, not a whole number"),
    ("for n in five { }", "`for` cannot go over this value"),
    ("(five == 5)[0]", "true or false has nothing at a whole number in `[…]`"),
    ("five / 0", "Division by zero: 5 / 0"),
];

#[test]
fn a_script_reads_the_words_that_an_error_has_for_people() {
    let project = Project::new();
    for (code, message) in CASES {
        // As it is, and out of a function, of which Rhai tells less.
        let names = "five, text, map, list";
        let function = format!("fn f({names}) {{ {code}; }}");
        let called = format!("f({names})");
        for (before, code) in [("", *code), (function.as_str(), called.as_str())] {
            let print = "print(`${e.code}: ${e.message}`); print(e); print(e.causes.len());";
            let code = format!("{before} {VALUES} try {{ {code}; }} catch (e) {{ {print} }}");
            let ran = project.imgctl(&["run", "-e", &code]).succeeds();
            assert!(ran.stdout.starts_with(&format!("script: {message}\n")), "{code}\n{ran}");
            for name in RHAI {
                assert!(!ran.stdout.contains(name), "{name}: {code}\n{ran}");
            }
        }
    }
}

#[test]
fn a_caught_error_of_the_language_that_is_thrown_again_names_its_own_line() {
    let project = Project::new();
    let text = "//! Fails.\nlet list = [1];\ntry {\n    list[7];\n} catch (e) {\n    throw e;\n}\n";
    project.write("scripts/fail.rhai", text);
    let ran = project.imgctl(&["fail"]).fails(2).says("the list has no item 7");
    assert!(ran.stderr.contains("scripts/fail.rhai:4"), "{ran}");
    // What a script has made itself is no error of the language.
    let own = "try { throw #{ error: \"Error\", message: \"mine\", line: 3, cost: 5 } } catch (e) { print(e.cost) }";
    project.imgctl(&["run", "-e", own]).succeeds().prints("5\n");
}

#[test]
fn an_error_in_a_function_of_the_library_is_caught_in_words_too() {
    let project = Project::new();
    project.write("scripts/part.rhai", "fn first(list) { list[0] + list[1] }\n");
    project.write(
        "scripts/all.rhai",
        "//! All.\nimport \"part\" as part;\ntry { part::first([1]) } catch (e) { print(e.message) }
try { try { part::first([1]) } catch (e) { throw } } catch (e) { print(e.hint); print(e.message) }
",
    );
    let message = "the list has no item 1: it has 1, which is item 0\n";
    project.imgctl(&["all"]).succeeds().prints(&format!("{message}\n{message}"));
}
