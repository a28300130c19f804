//! Files of the project: what is broken is refused and left alone, what is there wins.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::project::Project;

#[test]
fn a_broken_configuration_names_file_line_and_column() {
    let project = Project::new();
    let cases = [
        ("defaults: {cloud: fake\n", "config.yaml", ""),
        (
            "defaults:\n  cloud: fake\n  distributon: debian12\n",
            "unknown key defaults.distributon",
            "--> config.yaml:3:3\n",
        ),
        ("clouds:\n  fake:\n    fail_at: often\n", "clouds.fake.fail_at", "--> config.yaml:3:5\n"),
    ];
    for (text, error, hint) in cases {
        project.write("config.yaml", text);
        project
            .imgctl(&["up"])
            .fails(2)
            .says(&format!("error: {error}"))
            .says(hint)
            .calls_nothing();
        assert_eq!(std::fs::read_to_string(project.path().join("config.yaml")).unwrap(), text);
    }
}

#[test]
fn a_missing_configuration_file_is_refused_only_when_named() {
    let project = Project::new();
    std::fs::remove_file(project.path().join("config.yaml")).unwrap();
    project.imgctl(&["help"]).succeeds();
    project
        .imgctl(&["--config", "other.yaml", "help"])
        .fails(2)
        .says("error: cannot read")
        .says("other.yaml")
        .calls_nothing();
}

#[test]
fn a_broken_script_names_its_line() {
    let project = Project::new();
    let cases = [
        ("let a = 1;\nlet b = ;\n", "", "scripts/mine.rhai:2"),
        ("\nlet a = nothing;\n", "there is no variable `nothing`", "scripts/mine.rhai:2"),
        ("clod::up();\n", "there is no namespace `clod`", "did you mean `cloud`?"),
        ("cloud::upp();\n", "there is no function `cloud::upp`", "did you mean `up`?"),
        ("\n\ncloud::host(1, 2, 3);\n", "`cloud::host` does not take 3", "scripts/mine.rhai:3"),
        ("import \"std/pakage\" as package;\n", "there is no module `std/pakage`", "`std/package`"),
        (
            "import \"std/package\" as package;\npackage::instal(1, 2);\n",
            "there is no function `package::instal`",
            "scripts/mine.rhai:2",
        ),
        ("import \"beside\" as beside;\n", "", "beside.rhai"),
    ];
    for (text, error, also) in cases {
        project.write("scripts/mine.rhai", text);
        project
            .imgctl(&["mine"])
            .fails(2)
            .says(&format!("error: {error}"))
            .says(also)
            .calls_nothing();
        project
            .imgctl(&["check"])
            .fails(2)
            .says(&format!("error: {error}"))
            .says(also)
            .calls_nothing();
    }
}

#[test]
fn check_finds_every_broken_script_at_once() {
    let project = Project::new();
    project.write("scripts/one.rhai", "let a = ;\n");
    project.write("stdlib/two.rhai", "fn f() { nope::g() }\n");
    let ran = project.imgctl(&["check"]).fails(2);
    ran.says("--> scripts/one.rhai:1").says("--> stdlib/two.rhai:1").says("2 of ");
}

#[test]
fn an_error_while_running_names_the_line_that_called() {
    let project = Project::new();
    let cases = [
        (
            "let a = 1;\nlocal::run(\"exit 7\");\n",
            1,
            "[local] `exit 7` exited with status 7",
            "mine.rhai:2",
        ),
        ("let a = 1;\nlet b = cloud::host();\n", 1, "there is no instance `build`", "mine.rhai:2"),
        ("\nlet a = json::parse(\"{\");\n", 1, "this is not valid JSON", "mine.rhai:2"),
        (
            "fn f() {\n  config::get(\"custom.b\")\n}\nprint(1);\nf();\n",
            2,
            "the configuration has no `custom.b`",
            "mine.rhai:2",
        ),
        (
            "let a = json::parse(\"{}\");\nprint(a.c);\n",
            2,
            "there is no property `c`",
            "mine.rhai:2",
        ),
        ("throw \"out of luck\";\n", 1, "out of luck", "mine.rhai:1"),
        (
            "throw #{ code: \"refused\", message: \"quota\", hint: \"ask for more\" };\n",
            3,
            "quota",
            "ask for more",
        ),
    ];
    for (text, status, error, also) in cases {
        project.write("scripts/mine.rhai", text);
        project
            .imgctl(&["mine"])
            .fails(status)
            .says(&format!("error: {error}"))
            .says(also)
            .calls_nothing();
    }
}

#[test]
fn a_broken_or_newer_state_is_refused_and_left_as_it_is() {
    let project = Project::new();
    let newer = "{\"version\": 99, \"run\": \"x\"}";
    let cases = [("{\"version\": 1, ", ".state.json"), (newer, "newer"), ("a: b\n", ".state.json")];
    for (text, also) in cases {
        project.write(".state.json", text);
        for task in ["up", "status", "destroy"] {
            project.imgctl(&[task]).fails(2).says(also).calls_nothing();
            assert_eq!(project.everything()[1], text);
        }
    }
}

#[test]
fn a_second_imgctl_on_one_state_is_told_who_holds_it() {
    let project = Project::new();
    let code = "cloud::up(); print(\"up\"); time::sleep(\"10m\");";
    let mut first = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(["run", "-e", code])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "up\n");
    let before = project.everything();
    let second = project.imgctl(&["destroy"]);
    let reading = project.imgctl(&["status"]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(project.everything(), before);
    second.fails(2).says(&format!("process {}", first.id())).hints("wait until it ends");
    // Reading the state is allowed meanwhile.
    reading.succeeds();
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn scripts_of_the_project_win_over_the_shipped_ones() {
    let project = Project::new();
    project.write("scripts/tests.rhai", "//! My own tests.\nprint(\"mine\");\n");
    project.write("stdlib/user.rhai", "fn exists(host, name) { name == \"ghost\" }\n");
    assert_eq!(project.imgctl(&["tests"]).stdout, "mine\n");
    let list = project.imgctl(&["list"]).stdout;
    let row = |name: &str| list.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(row("tests ").contains("project") && row("tests ").contains("My own tests."), "{list}");
    assert!(row("up ").contains("shipped"), "{list}");
    let code = "import \"std/user\" as user; user::exists((), \"ghost\")";
    assert_eq!(project.imgctl(&["run", "-e", code]).stdout, "true\n");
    // A shipped module that imports it gets the same.
    let code = "import \"std/check\" as check; check::user((), \"ghost\").ok";
    assert_eq!(project.imgctl(&["run", "-e", code]).stdout, "true\n");
}

#[test]
fn a_script_imports_what_lies_beside_it() {
    let project = Project::new();
    project.write("scripts/lib/names.rhai", "fn first() { \"one\" }\n");
    project.write("scripts/mine.rhai", "import \"lib/names\" as names;\nprint(names::first());\n");
    assert_eq!(project.imgctl(&["mine"]).succeeds().stdout, "one\n");
}

#[test]
fn the_project_is_found_from_a_folder_inside() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "print(\"mine\");\n");
    std::fs::create_dir(project.path().join("files")).unwrap();
    let inside = project.path().join("files");
    let ran = project.imgctl_with_setup(&["mine"], |command| {
        command.current_dir(inside);
    });
    assert_eq!(ran.succeeds().stdout, "mine\n");
}

#[test]
fn init_writes_what_passes_the_check_and_never_overwrites() {
    let project = Project::new();
    let config = project.path().join("config.yaml");
    std::fs::remove_file(&config).unwrap();
    project.imgctl(&["init"]).succeeds();
    let written = std::fs::read_to_string(&config).unwrap();
    assert!(written.starts_with('#'), "{written}");
    project.write("scripts/up.rhai", "//! Mine.\n");
    project.imgctl(&["init", "--scripts"]).succeeds();
    assert!(project.path().join("stdlib/package.rhai").is_file());
    let kept = std::fs::read_to_string(project.path().join("scripts/up.rhai")).unwrap();
    assert_eq!(kept, "//! Mine.\n");
    project.imgctl(&["check"]).succeeds();
    let list = project.imgctl(&["list"]).stdout;
    assert!(!list.contains("shipped"), "{list}");
    // The copies do the same: a whole rehearsal.
    std::fs::remove_file(project.path().join("scripts/up.rhai")).unwrap();
    project.imgctl(&["cloud:fake", "bake"]).succeeds();
}

/// Modules may have functions of the same name, or of a method's.
#[test]
fn a_function_called_by_its_bare_name_is_that_of_its_own_module() {
    let project = Project::new();
    project.write(
        "scripts/one.rhai",
        "fn f(a) { f(a, 1) }\nfn f(a, b) { `one ${a} ${b}` }\nfn g(host) { exists(host, 1) }\n\
         private fn exists(host, n) { `own ${n}` }\nfn twice(it) { [it.call(), f(0, 0), it.call()] }\n",
    );
    project.write(
        "scripts/two.rhai",
        "import \"one\" as one;\nfn f(a) { f(a, 2) }\n\
         private fn f(a, b) { `two ${a} ${b}, ` + one::f(b) }\n",
    );
    let main = "import \"one\" as one;\nimport \"two\" as two;\n\
                fn f(a, b) { `main ${a} ${b}` }\nlet host = cloud::host();\n\
                for n in 0..4 { print([f(n, 0), two::f(n), one::f(n)]); }\n\
                print(one::twice(|| two::f(8)));\n\
                for n in 0..3 { print([one::g(host), host.exists(\"/etc/none\"), one::g(host)]); }\n";
    project.write("scripts/mine.rhai", main);
    project.imgctl(&["up"]).succeeds();
    let ran = project.imgctl(&["mine"]).succeeds();
    let lines =
        (0..4).map(|n| format!("[\"main {n} 0\", \"two {n} 2, one 2 1\", \"one {n} 1\"]\n"));
    let mut expected: String = lines.collect();
    expected += "[\"two 8 2, one 2 1\", \"one 0 0\", \"two 8 2, one 2 1\"]\n";
    expected += &"[\"own 1\", false, \"own 1\"]\n".repeat(3);
    assert_eq!(ran.stdout, expected);
}

#[test]
fn templates_include_files_of_the_project_and_no_others() {
    let project = Project::new();
    project.write("tpl/inc.tmpl", "port {{ port }}{% include 'tpl/more.tmpl' %}");
    project.write("tpl/more.tmpl", "!");
    project.write("tpl/page.tmpl", "a {% include \"tpl/inc.tmpl\" %}\n");
    let code = "print(template::file(\"tpl/page.tmpl\", #{ port: 80 }))";
    project.imgctl(&["run", "-e", code]).succeeds().says("a port 80!");
    let outside = "template::text(`{% include \"../x\" %}`, #{})";
    project.imgctl(&["run", "-e", outside]).fails(2).says("outside of the project folder");
    let missing = "template::text(`{% include \"no\" %}`, #{})";
    project.imgctl(&["run", "-e", missing]).fails(2).hints("relative to the project folder");
    let maybe = "print(template::text(`x{% include \"no\" ignore missing %}`, #{}))";
    project.imgctl(&["run", "-e", maybe]).succeeds().prints("x\n");
    // They are inputs of the step.
    project.imgctl(&["up"]).succeeds();
    let task = "step(\"page\", || template::file(\"tpl/page.tmpl\", #{ port: 80 }));\n";
    project.write("scripts/mine.rhai", task);
    project.imgctl(&["mine"]).succeeds();
    project.imgctl(&["mine"]).succeeds().says("page (done before)");
    project.write("tpl/more.tmpl", "?");
    project.imgctl(&["mine"]).succeeds().says("the file tpl/more.tmpl has changed");
}

#[test]
fn an_error_in_the_text_of_eval_is_placed_where_eval_is_called() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "let x = 1;\n\neval(\"let y = #{};\\n\\n\\ny.a\");\n");
    let ran = project.imgctl(&["mine"]).fails(2).says("there is no property `a`");
    ran.says("--> scripts/mine.rhai:3").hints("map.set");
}
