//! What a script may take of this computer, and what it is told beyond that.

use crate::project::{Project, Ran};

fn run(settings: &[&str], code: &str) -> Ran {
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let words: Vec<&str> = settings.chain(["run", "-e", code]).collect();
    Project::new().imgctl(&words)
}

#[test]
fn a_script_ends_at_its_limit_of_memory() {
    for code in [
        "let s = \"0123456789\"; loop { s += s; }",
        "let a = [1, 2, 3]; loop { a += a; }",
        "let a = [1]; loop { a = [a, a]; }",
        "let a = []; let n = 0; loop { a += \"0123456789\" + n; n += 1; }",
    ] {
        run(&["limits.memory=200MiB"], code)
            .fails(1)
            .says("the script needs more than 200.0 MiB of memory")
            .says("-e:1")
            .hints("limits.memory");
    }
    run(&["limits.memory=200MiB"], "let s = \"0123456789\"; s += s; s.len()").succeeds().says("20");
}

#[test]
fn deeply_nested_values_are_printed_and_compared() {
    let arrays = "let a = []; for n in 0..5000 { a = [a]; } let b = a;";
    let ran = run(
        &[],
        &format!("{arrays} print(a == b); print(a != b); print(`${{a}}`.len()); print(a);"),
    );
    let ran = ran.succeeds().says("true\nfalse\n10002\n");
    assert!(ran.stdout.contains(&"[".repeat(5001)));
    let maps = "let m = #{}; for n in 0..1000 { m = #{ a: m, b: [1, \"x\"] }; } let n = m;";
    run(&[], &format!("{maps} print(m == n); print(m);"))
        .succeeds()
        .says("true\n#{\"a\": #{\"a\": ");
    run(&[], &format!("{arrays} throw a;")).fails(1);
}

#[test]
fn values_are_printed_and_compared_as_before() {
    let code = "let a = [1, 2.5, \"q\\\"\", 'c', true, (), [], #{}, #{ \"a b\": 1 }, || 1];
        print(a); print(`${a.extract(0, 9)}`); print([1, \"a\"] == [1, \"a\"]); print([1] == [2]);
        print([1] == [1.0]); print([1] != [\"1\"]); print(#{ a: 1 } == #{ a: 1 }); print(#{ a: 1 } == #{ b: 1 });
        print([[1], #{ a: [2] }] == [[1], #{ a: [2] }]); print([1, 2].index_of(2)); print([[1]].contains([1]));";
    let ran = run(&[], code).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let list = "[1, 2.5, \"q\\\"\", 'c', true, (), [], #{}, #{\"a b\": 1}";
    assert!(lines[0].starts_with(list), "{ran}");
    assert_eq!(lines[1], format!("{list}]"));
    let equal = ["true", "false", "true", "true", "true", "false", "true", "1", "true"];
    assert_eq!(lines[2..], equal, "{ran}");
}

#[test]
fn files_templates_and_output_have_limits() {
    let long = "template::text(\"{% for n in range(1000) %}{{ x }}{% endfor %}\", #{ x: x })";
    let cases = [
        ("limits.file=1MiB", "fs::read(\"/dev/zero\")", "it is larger than 1 MiB", "limits.file"),
        (
            "limits.file=1MiB",
            &format!("let x = \"\"; x.pad(5000, 'a'); {long}"),
            "the template text gives more than 1.0 MiB",
            "limits.file",
        ),
        (
            "limits.output=1KiB",
            "local::query(\"yes\")",
            "`yes` printed more than 1.0 KiB",
            "`keep`",
        ),
        (
            "limits.output=1KiB",
            "local::run(\"yes >&2\", #{ keep: \"2KiB\" })",
            "printed more than 2.0 KiB",
            "limits.output",
        ),
    ];
    for (setting, code, message, hint) in cases {
        run(&[setting], code)
            .fails(if code.contains("template") { 2 } else { 1 })
            .says(message)
            .hints(hint);
    }
    let keep =
        "local::query(\"head -c 5000 /dev/zero | tr '\\\\0' x\", #{ keep: \"5KiB\" }).stdout.len()";
    run(&["limits.output=1KiB"], keep).succeeds().says("5000");
}

#[test]
fn a_template_that_never_ends_is_ended() {
    let loops = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    run(&[], &format!("template::text(`{loops}`, #{{}})"))
        .fails(2)
        .says("the template text:1 takes too long")
        .hints("check the loops");
}
