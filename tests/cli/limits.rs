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
fn a_text_that_grows_by_replacing_ends_at_the_limit_of_memory() {
    let long = "let s = \"a\"; s.pad(100000, \"a\"); let t = s;";
    for replace in [
        "s.replace(\"a\", t)",
        "s.replace('a', t)",
        "s.replace(\"\", t)",
        "regex::replace(\".\", s, t)",
        "regex::replace(\"a\", s, \"$0 \" + t)",
    ] {
        run(&["limits.memory=64MiB"], &format!("{long} {replace}"))
            .fails(1)
            .says("the script needs more than 64.0 MiB of memory")
            .hints("limits.memory");
    }
    let code =
        "let s = \"a.b.c\"; s.replace(\".\", '-'); s.replace('a', \"xy\"); s.replace('c', 'd');
        s.replace(\"\", \"_\"); print(s); print(regex::replace(`(b)|$`, \"abc\", \"<$1>\"));";
    run(&[], code).succeeds().says("_x_y_-_b_-_d_\na<b>c<>\n");
}

/// Each makes something many times as large as what it is given.
#[test]
fn one_call_that_would_take_too_much_memory_is_refused() {
    let before = "let s = \"\"; s.pad(2000000, 'a'); let many = []; many.pad(1000, s);
        let list = []; list.pad(100000, 1); let t = \"[\"; t.pad(600001, \"[],\"); t += \"[]]\";";
    for code in [
        "s.to_chars()",
        "s.split(\"\")",
        "s.split(\"a\")",
        "s.split('a')",
        "s.split(\"a\", 500000)",
        "s.split_rev(\"a\")",
        "s.split_rev('a', 500000)",
        "regex::find_all(\"a\", s)",
        "regex::split(\"a\", s)",
        "many.join(\"\")",
        "[1, 2, 3].map(|n| s).join(s + s + s + s + s + s + s)",
        "print(many)",
        "print(#{ a: [many] })",
        "many",
        "let t = `${many}`",
        "print(`a ${#{ a: [many] }}`)",
        "let t = \"a\" + many",
        "many + \"a\"",
        "try { `${many}` } catch { }",
        "[1].map(|n| `${many}`)",
        "parallel([1, 2], |n| `${many}`)",
        "many.to_string()",
        "many.to_debug()",
        "debug(many)",
        "log::info(many)",
        "local::run(many)",
        "local::query([\"echo\"] + many)",
        "local::run(\"true\", #{ env: many })",
        "http::request(\"POST\", \"http://127.0.0.1:1\", #{ headers: #{ a: many } })",
        "args::parse(many, #{})",
        "step(\"x\", || many)",
        "step(\"x\", #{ version: many }, || 1)",
        "let f = || many; let g = || f; step(\"x\", || g)",
        "json::text(many)",
        "yaml::text(#{ a: many })",
        "#{ a: many }.to_json()",
        "template::text(\"x\", #{ a: many })",
        "let a = []; a.pad(1000, list);",
        "json::parse(t)",
        "yaml::parse(t)",
        "parse_json(t)",
    ] {
        run(&["limits.memory=20MiB"], &format!("{before} {code}"))
            .fails(1)
            .says("the script needs more than 20.0 MiB of memory")
            .hints("limits.memory");
    }
}

/// Nobody can read an error of a thousand times a megabyte.
#[test]
fn a_value_in_a_message_is_abridged() {
    let before = "let s = \"\"; s.pad(1000000, 'a'); let many = []; many.pad(10000, s);";
    for (code, says) in [
        ("throw many", "[\"aaa"),
        ("throw #{ message: many }", "[\"aaa"),
        ("throw #{ a: many }", "without `message`: #{\"a\": [\"aaa"),
        ("assert_eq(many, [1])", "found [\"aaa"),
        ("assert_eq(many, many + [1])", "found [\"aaa"),
        ("assert_throws(|| many, \"x\")", "nothing was thrown, but [\"aaa"),
        ("parallel([many, 1], |n| if n == 1 { 1 } else { throw \"no\" })", "aaa…"),
    ] {
        let ran = run(&["limits.memory=200MiB"], &format!("{before} {code}")).fails(1).says(says);
        assert!(ran.stderr.contains('…') && ran.stderr.len() < 400_000, "{}", ran.stderr.len());
    }
    run(&["limits.memory=200MiB"], &format!("{before} parallel([many], |n| n.len())"))
        .succeeds()
        .says("[10000]");
}

#[test]
fn texts_are_split_as_before() {
    let code = "print(\"a b  c\".split()); print(\"\".split()); print(\"abc\".split(\"\"));
        print(\"a-b-c\".split(\"-\")); print(\"a-b-c\".split('-', 2)); print(\"a-b-c\".split(\"-\", 1));
        print(\"a-b-c\".split_rev(\"-\")); print(\"a-b-c\".split_rev('-', 2)); print(\"abc\".split(\"-\"));
        print(\"abc\".split(1)); print(\"äb\".to_chars()); print(parse_json(`{\"a\": [1, null]}`));
        const S = \"x y\"; print(S.split());";
    run(&[], code).succeeds().prints(
        "[\"a\", \"b\", \"c\"]\n[\"\"]\n[\"\", \"a\", \"b\", \"c\", \"\"]\n\
         [\"a\", \"b\", \"c\"]\n[\"a\", \"b-c\"]\n[\"a-b-c\"]\n\
         [\"c\", \"b\", \"a\"]\n[\"c\", \"a-b\"]\n[\"abc\"]\n\
         [\"a\", \"bc\"]\n['ä', 'b']\n#{\"a\": [1, ()]}\n[\"x\", \"y\"]\n",
    );
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

/// Each of these would go round for ever through what the function captures.
#[test]
fn a_function_that_captures_itself_ends_nothing_but_its_script() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let run = |code: &str| {
        project.imgctl(&["run", "-e", &format!("let f = 1; let m = #{{}}; f = || [f, m]; {code}")])
    };
    run("step(\"x\", || type_of(f)); print(f); print([f])")
        .succeeds()
        .prints("a function\n[a function]\n");
    run("assert_eq(f, f); assert_eq([f], [f])").succeeds();
    run("parallel([1], |n| f)").fails(2).says("a function for `parallel` captures itself");
    run("parallel([[f]], |n| 1)").fails(2).says("a function for `parallel` captures itself");
    run("throw #{ message: [f] }").fails(1).says("[a function]");
    run("local::run([\"echo\", f])").fails(2).says("word 2 of a command is a function");
    run("args::parse([f], #{})").fails(2).says("a function");
    run("print(#{ a: f }.to_json())").fails(2).says("a function cannot be written as data");
    run("print(json::text(f))").fails(2).says("a function cannot be written as data");
}
