//! `imgctl lsp`, as an editor uses it.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::editor::Editor;
use crate::project::Project;

const NONE: [&str; 0] = [];

#[test]
fn lsp_checks_what_is_typed_and_not_what_is_saved() {
    let project = Project::new();
    project.write("scripts/a.rhai", "log::info(\"saved\");\n");
    let mut editor = Editor::open(project.path());
    editor.opens("scripts/a.rhai", "let x = \"😀\"; log::inof(x);\n");
    // An editor counts the emoji as two.
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), ["unknown_function 0:19-23"]);
    editor.types("scripts/a.rhai", 2, [0, 19, 0, 23], "info");
    assert_eq!(editor.mistakes("scripts/a.rhai", 2), NONE);
    // Half a line, as it is for a moment.
    editor.types("scripts/a.rhai", 3, [1, 0, 1, 0], "let y = cloud::");
    assert_eq!(editor.mistakes("scripts/a.rhai", 3).len(), 1);
    let saved = std::fs::read_to_string(project.path().join("scripts/a.rhai")).unwrap();
    assert_eq!(saved, "log::info(\"saved\");\n");
}

#[test]
fn lsp_counts_bytes_for_those_who_can() {
    let project = Project::new();
    let mut editor = Editor::silent(project.path());
    let can = json!({"general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"]}});
    assert_eq!(editor.greet(&can)["capabilities"]["positionEncoding"], "utf-8");
    editor.opens("a.rhai", "let x = \"😀\"; log::inof(x);\n");
    assert_eq!(editor.mistakes("a.rhai", 1), ["unknown_function 0:21-25"]);
    editor.types("a.rhai", 2, [0, 21, 0, 25], "info");
    assert_eq!(editor.mistakes("a.rhai", 2), NONE);
}

#[test]
fn lsp_replaces_whole_texts_too() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    editor.opens("a.rhai", "log::inof(1);\n");
    assert_eq!(editor.mistakes("a.rhai", 1).len(), 1);
    let document = json!({"uri": editor.uri("a.rhai"), "version": 2});
    let changes = json!([{"text": "let a = 1;\nlog::info(\"x\");\n"}, {"range": {
        "start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}, "text": ""}]);
    let changed = json!({"textDocument": document, "contentChanges": changes});
    editor.notes("textDocument/didChange", &changed);
    assert_eq!(editor.mistakes("a.rhai", 2), NONE);
}

#[test]
fn lsp_checks_the_configuration_and_scripts_by_it() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    editor.opens("scripts/a.rhai", "log::info(config::get(\"vars.mirror\"));\n");
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), ["missing_setting 0:22-35"]);
    editor.opens("config.yaml", "vars: {mirror: x}\nssh: {por: 1}\nlimits: {fil: 1}\n");
    let found = editor.mistakes("config.yaml", 1);
    assert_eq!(found, ["config 1:6-9", "config 2:9-12"]);
    editor.types("config.yaml", 2, [1, 9, 1, 9], "t");
    assert_eq!(editor.mistakes("config.yaml", 2).len(), 1);
    editor.types("config.yaml", 3, [2, 12, 2, 12], "e");
    assert_eq!(editor.mistakes("config.yaml", 3), NONE);
    // The script is the same, and right now.
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), NONE);
}

#[test]
fn lsp_knows_modules_as_they_are_typed() {
    let project = Project::new();
    project.write("stdlib/agent.rhai", "fn install(host) { host.run(\"x\"); }\n");
    let mut editor = Editor::open(project.path());
    let script = "import \"std/agent\" as agent;\nagent::instal(cloud::host());\n";
    editor.opens("scripts/a.rhai", script);
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), ["unknown_function 1:7-13"]);
    editor.opens("stdlib/agent.rhai", "fn instal(host) { host.run(\"x\"); }\n");
    assert_eq!(editor.mistakes("stdlib/agent.rhai", 1), NONE);
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), NONE);
    // Closed without saving, it is what is on the disk.
    let closed = json!({"textDocument": {"uri": editor.uri("stdlib/agent.rhai")}});
    editor.notes("textDocument/didClose", &closed);
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), ["unknown_function 1:7-13"]);
}

#[test]
fn lsp_explains_what_is_pointed_to() {
    let project = Project::new();
    project.write("stdlib/agent.rhai", "/// Installs *it*.\nfn install(host, version) {}\n");
    let mut editor = Editor::open(project.path());
    for (text, signature, words) in [
        ("cloud::create_||image(\"a\");", "cloud::create_image(", "created server image: ID"),
        ("let h = cloud::host(); h.que||ry(\"x\");", "host.query(command)", "only reads"),
        (
            "import \"std/agent\" as agent;\nagent::inst||all(1, 2);",
            "install(host, version)",
            "Installs *it*",
        ),
        ("/// Mine.\nfn own(a) {}\now||n(1);", "own(a)", "Mine."),
        ("config::get(\"ssh.ready_||timeout\");", "`ssh.ready_timeout`", "accepts a login"),
        ("\"abc\".to_up||per();", "to_upper", "upper"),
        ("clo||ud::up(#{});", "cloud::", "`cloud::up`"),
        ("import \"std/pack||age\" as package;", "import \"std/package\"", ""),
        ("let value = 1;\nprint(val||ue);", "let value = 1", "whole number"),
        ("const LIMIT = \"a\";\nprint(LIM||IT);", "const LIMIT = \"a\"", "text"),
        ("fn own(first) { print(fir||st); }", "first", ""),
        ("cloud::host().run(\"x\", #{ cw||d: \"/\" });", "`cwd`", "An option of `run`"),
        ("config::get(\"ci_image.dock||er\");", "`ci_image.docker`", "`source`"),
    ] {
        let found = editor.looks("hover", "scripts/a.rhai", text);
        assert_eq!(found["contents"]["kind"], "markdown", "{text}: {found}");
        let shown = found["contents"]["value"].as_str().unwrap();
        assert!(shown.contains(signature) && shown.contains(words), "{text}: {shown}");
    }
    for text in ["// clo||ud", "\"cloud::||up\"", "nothing::||known()", "||"] {
        let found = editor.looks("hover", "scripts/a.rhai", text);
        assert_eq!(found, Value::Null, "{text}");
    }
}

#[test]
fn lsp_completes_what_can_stand_there() {
    let project = Project::new();
    project.write(
        "stdlib/agent.rhai",
        "\
import \"std/options\" as options;
fn install(host, given) { options::over(#{version: 1, user: \"ci\"}, given); }
private fn hidden() {}
",
    );
    project.write("config.yaml", "vars: {agent: {token: x}}\n");
    let mut editor = Editor::open(project.path());
    let agent = "import \"std/agent\" as agent;\n";
    let of_agent = format!("{agent}agent::||");
    let keys_of_agent = format!("{agent}agent::install(host, #{{ version: 2, ||");
    for (text, there, not_there) in [
        ("cl||", &["cloud", "log", "let", "parallel", "package"][..], &["to_upper", "query"][..]),
        ("cloud::cr||", &["create_image", "up"], &["cloud", "info"]),
        (
            "let host = cloud::host();\nhost.||",
            &["run", "sudo", "query", "os", "wait_ready"],
            &["to_upper", "stdout"],
        ),
        ("let found = cloud::host().query(\"x\");\nfound.||", &["stdout", "lines"], &["sudo"]),
        ("\"x\".||", &["to_upper", "len"], &["sudo"]),
        (&of_agent, &["install"], &["hidden", "up"]),
        ("host.run(\"x\", #{ cwd: \"/\", ||", &["timeout", "env"], &["cwd", "cloud"]),
        ("cloud::up(#{ ||", &["base"], &["timeout"]),
        (&keys_of_agent, &["user"], &["version"]),
        ("fn own(first) { let second = 1; || }", &["first", "second", "own"], &[]),
        ("let aa = 1; { let bb = 2; }\n||", &["aa"], &["bb"]),
        ("for each in [1] { print(each); }\n||", &["for"], &["each"]),
        ("try { print(1); } catch (caught) { cau||", &["caught"], &[]),
        ("const TOP = 1; fn f(p) { global::||", &["TOP"], &["p", "cloud"]),
        ("let host = cloud::host();\nhost.os.||", &["id", "family"], &["sudo"]),
        ("config::get(\"||", &["ssh", "ci_image", "vars"], &["port", "cloud"]),
        ("config::get(\"ssh.re||", &["ready_timeout", "port"], &["ssh"]),
        ("task::run(\"||", &["bootstrap", "up"], &["stop"]),
        ("cloud::can(\"||", &["stop", "copy_image"], &["up"]),
        ("config::get(\"ci_image.docker.||\")", &["source", "enabled"], &[]),
        ("config::get(\"vars.agent.||\")", &["token"], &["ssh"]),
        ("import \"std/||", &["std/package", "std/agent"], &["cloud"]),
    ] {
        let found = editor.offers("scripts/a.rhai", text);
        let has = |name: &&&str| found.iter().any(|it| it == **name);
        let missing: Vec<_> = there.iter().filter(|it| !has(it)).collect();
        let wrong: Vec<_> = not_there.iter().filter(has).collect();
        assert!(missing.is_empty() && wrong.is_empty(), "{text}: no {missing:?}, but {wrong:?}");
    }
    for text in ["// clo||", "\"clo||\"", "nothing::||"] {
        assert_eq!(editor.offers("scripts/a.rhai", text).len(), 0, "{text}");
    }
}

#[test]
fn lsp_imports_the_module_that_is_chosen() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    let found = editor.looks("completion", "scripts/a.rhai", "//! Mine.\nlet x = pack||");
    let found = found.as_array().unwrap().iter().find(|it| it["label"] == "package").unwrap();
    let edit = &found["additionalTextEdits"][0];
    assert_eq!(edit["newText"], "import \"std/package\" as package;\n");
    assert_eq!(edit["range"]["start"], json!({"line": 1, "character": 0}));
    assert_eq!(found["textEdit"]["range"]["start"], json!({"line": 1, "character": 8}));
}

#[test]
fn lsp_shows_the_parameters_while_they_are_typed() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    for (text, label, parameter) in [
        ("config::get(||", "config::get(path)", 0),
        ("config::get(\"a\", ||", "config::get(path, ", 1),
        ("let h = cloud::host();\nh.run(\"make\", ||", "host.run(command, options)", 1),
        (
            "import \"std/package\" as package;\npackage::install(cloud::host(), [1, ||",
            "package::install(host, names)",
            1,
        ),
        (
            "import \"std/package\" as package;\npackage::install(cloud::host(), ||",
            "package::install(host, names)",
            1,
        ),
        ("fn own(a, b) {}\nown(|x, y| x, ||)", "own(a, b)", 1),
    ] {
        let found = editor.looks("signatureHelp", "scripts/a.rhai", text);
        let active = found["activeSignature"].as_u64().unwrap();
        let shown =
            found["signatures"][usize::try_from(active).unwrap()]["label"].as_str().unwrap();
        assert!(shown.starts_with(label), "{text}: {found}");
        assert_eq!(found["activeParameter"], parameter, "{text}");
    }
    assert_eq!(editor.looks("signatureHelp", "scripts/a.rhai", "let a = ||1;"), Value::Null);
}

#[test]
fn lsp_finds_declarations_in_the_project_and_in_what_is_shipped() {
    let project = Project::new();
    project.write("stdlib/agent.rhai", "// Ours.\nfn install(host) {}\n");
    project.write("scripts/lib/b.rhai", "fn b() {}\n");
    let mut editor = Editor::open(project.path());
    let agent = editor.uri("stdlib/agent.rhai");
    let own = editor.uri("scripts/a.rhai");
    let beside = editor.uri("scripts/lib/b.rhai");
    for (text, uri, line, column) in [
        ("import \"std/agent\" as agent;\nagent::inst||all(1);", &agent, 1, 3),
        ("import \"std/ag||ent\" as agent;", &agent, 0, 0),
        ("import \"std/agent\" as agent;\nage||nt::install(1);", &agent, 0, 0),
        ("import \"lib/b\" as b;\nb::||b();", &beside, 0, 3),
        ("fn own() {}\now||n();", &own, 0, 3),
        ("let value = 1;\nprint(val||ue);", &own, 0, 4),
    ] {
        let found = editor.looks("definition", "scripts/a.rhai", text);
        assert_eq!(found["uri"], uri.as_str(), "{text}: {found}");
        let start = json!({"line": line, "character": column});
        assert_eq!(found["range"]["start"], start, "{text}");
    }
    let text = "import \"std/service\" as service;\nservice::rest||art(1, 2);";
    let found = editor.looks("definition", "scripts/a.rhai", text);
    let uri = found["uri"].as_str().unwrap();
    let path = std::path::Path::new(uri.strip_prefix("file://").unwrap());
    assert!(path.starts_with(project.path().join(".cache/imgctl")), "{uri}");
    let shown = std::fs::read_to_string(path).unwrap();
    let line = usize::try_from(found["range"]["start"]["line"].as_u64().unwrap()).unwrap();
    assert!(shown.lines().nth(line).unwrap().starts_with("fn restart("), "{found}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o222, 0, "it is read-only");
    // It is a script like others once it is open.
    let name = path.strip_prefix(project.path()).unwrap().to_str().unwrap().to_owned();
    editor.opens(&name, &shown);
    assert_eq!(editor.mistakes(&name, 1), NONE);
    assert_eq!(editor.looks("definition", "scripts/a.rhai", "cloud::||up();"), Value::Null);
}

#[test]
fn lsp_outlives_what_it_does_not_understand() {
    let project = Project::new();
    let mut editor = Editor::silent(project.path());
    let early = editor.exchanges("textDocument/hover", &json!({}));
    assert_eq!(early["error"]["code"], -32002, "{early}");
    editor.greet(&json!({}));
    let again = editor.exchanges("initialize", &json!({"processId": null, "capabilities": {}}));
    assert_eq!(again["error"]["code"], -32600, "{again}");
    for wrong in [
        &b"Content-Length: 5\r\n\r\n{nope"[..],
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 4\r\n\r\n\xff\xff\xff\xff",
        b"no header at all\r\n\r\n",
        b"X-Other: 1\r\n\r\n",
    ] {
        editor.writes(wrong);
        let refused = editor.waits_for(|it| it["error"]["code"] == -32700);
        assert_eq!(refused["id"], Value::Null);
    }
    let unknown = editor.exchanges("textDocument/foldingRange", &json!({}));
    assert_eq!(unknown["error"]["code"], -32601, "{unknown}");
    let wrong = editor.exchanges("textDocument/hover", &json!({"textDocument": 5}));
    assert_eq!(wrong["error"]["code"], -32602, "{wrong}");
    editor.notes("textDocument/didChange", &json!({"no": "document"}));
    editor.notes("$/setTrace", &json!({"value": "off"}));
    // Never opened.
    editor.types("scripts/other.rhai", 2, [0, 0, 9, 9], "x");
    assert_eq!(editor.asks_behind("hover", "scripts/other.rhai", ""), Value::Null);
    let closed = json!({"textDocument": {"uri": editor.uri("scripts/other.rhai")}});
    editor.notes("textDocument/didClose", &closed);
    // Places that are not in the text, a text that is no file, and one that is no script.
    editor.opens("a.rhai", "log::inof(1);");
    assert_eq!(
        editor.asks_behind("completion", "a.rhai", "\n\n\n").as_array().map(Vec::is_empty),
        Some(false)
    );
    editor.types("a.rhai", 2, [7, 7, 3, 3], "\n");
    assert_eq!(editor.mistakes("a.rhai", 2).len(), 1);
    let untitled = json!({"uri": "untitled:1", "languageId": "rhai", "version": 1, "text": "x("});
    editor.notes("textDocument/didOpen", &json!({"textDocument": untitled}));
    editor.opens("readme.md", "log::inof(1);");
    assert_eq!(editor.mistakes("readme.md", 1), NONE);
}

#[test]
fn lsp_ends_as_the_protocol_says() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    assert_eq!(editor.asks("shutdown", &Value::Null), Value::Null);
    let late = editor.exchanges("textDocument/hover", &json!({}));
    assert_eq!(late["error"]["code"], -32600, "{late}");
    editor.notes("exit", &Value::Null);
    assert_eq!(editor.ends(), 0);
    let mut editor = Editor::open(project.path());
    editor.notes("exit", &Value::Null);
    assert_eq!(editor.ends(), 1);
    let mut editor = Editor::open(project.path());
    editor.goes();
    assert_eq!(editor.ends(), 1, "an editor that is gone");
}

#[test]
fn lsp_runs_nothing() {
    let project = Project::new();
    let mut editor = Editor::open(project.path());
    editor.opens(
        "scripts/a.rhai",
        "cloud::up(#{});\nlocal::run(\"touch here\");\nfs::write(\"it\", \"x\");\n",
    );
    assert_eq!(editor.mistakes("scripts/a.rhai", 1), NONE);
    editor.looks("hover", "scripts/a.rhai", "cloud::u||p(#{});");
    editor.asks("shutdown", &Value::Null);
    editor.notes("exit", &Value::Null);
    assert_eq!(editor.ends(), 0);
    let names = std::fs::read_dir(project.path()).unwrap().map(|it| it.unwrap().file_name());
    let mut names: Vec<_> = names.map(|it| it.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["answers.yaml", "config.yaml"]);
}
