//! `imgctl repl`: lines of a script, typed at a terminal or read from a file.

use std::os::unix::fs::PermissionsExt;

use crate::project::Project;
use crate::project::Ran;
use crate::terminal::Terminal;

/// Shown when a line begins to be read; the prompt itself is drawn anew while somebody types.
const PROMPT: &str = "\x1b[?2004h";

/// Gives the lines to the console by standard input.
fn piped(project: &Project, words: &[&str], lines: &str) -> Ran {
    project.write("lines.txt", lines);
    let file = std::fs::File::open(project.path().join("lines.txt")).unwrap();
    project.imgctl_with_setup(&[&["repl"], words].concat(), |command| {
        command.stdin(file);
    })
}

fn history(project: &Project) -> String {
    let file = project.path().join(".local/state/imgctl/repl_history");
    std::fs::read_to_string(file).unwrap_or_default()
}

#[test]
fn lines_of_a_file_are_evaluated_one_after_the_other() {
    let lines = "let x = 40
fn twice(n) { n * 2 }
x + 2
twice(x)

for i in [1,
          2] {
    print(i);
}
import \"std/check\" as check
type_of(check::skipped)
[\"a\", #{ b: 1 }, \"c\\\"d\"]
let f = |n| n + x
f.call(1)
`two
lines`
()
";
    let lines = lines.replace("type_of(check::skipped)\n", "");
    let ran = piped(&Project::new(), &[], &lines).succeeds().calls_nothing();
    ran.prints("42\n80\n1\n2\n[\"a\", #{ b: 1 }, \"c\\\"d\"]\n41\n`two\nlines`\n");
}

#[test]
fn the_first_line_that_fails_ends_a_file() {
    let project = Project::new();
    let ran = piped(&project, &[], "print(1)\nlet x = [1, 2].frist()\nprint(2)\n").fails(2);
    let ran = ran.says("repl[2]:1:16").says("[1, 2].frist()").prints("1\n");
    ran.never_says("imgctl>");
    // A mistake in a function is shown where it was called, and where it was written.
    let lines = "fn wrong(x) {\n    x.nothing\n}\nwrong(#{})\n";
    piped(&project, &[], lines).fails(2).says("repl[2]:1:1").says("in repl[1]:2");
    piped(&project, &[], "if true {\n").fails(2);
    piped(&project, &[], "throw \"no luck\"\n").fails(1).says("error: no luck");
    piped(&project, &[], "throw #{ code: \"config\", message: \"no key\" }")
        .fails(2)
        .says("no key");
    assert_eq!(piped(&project, &[], "task::exit(7)\nprint(1)\n").status, 7);
}

#[test]
fn values_are_events_in_json() {
    let ran = piped(&Project::new(), &["--output", "json"], "1 + 1\n\"a\"\n").succeeds();
    let printed = ran.stdout.lines().filter_map(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        (event["event"] == "print").then(|| event["text"].as_str().unwrap().to_owned())
    });
    assert_eq!(printed.collect::<Vec<_>>(), ["2", "\"a\""]);
}

#[test]
fn without_an_instance_the_host_is_told_to_be_missing() {
    let project = Project::new();
    for code in ["host.os", "cloud::host()"] {
        let ran = piped(&project, &[], &format!("cloud::images()\n{code}\n"));
        ran.fails(1).says("[]").says("repl[2]:1:").hints("imgctl up");
    }
}

#[test]
fn the_host_is_the_instance_that_there_is_now() {
    let project = Project::new();
    let lines = "task::run(\"up\")\nhost.os.id\nlet found = host.query(\"hostname\")\nfound.ok\n\
                 task::run(\"destroy\")\nhost.os\n";
    let ran = piped(&project, &[], lines).fails(1).says("\"debian\"").says("true");
    ran.says("there is no");
    project.imgctl(&["up"]).succeeds();
    piped(&project, &[], "let host = 1\nhost\n").succeeds().prints("1\n");
}

#[test]
fn another_machine_can_be_the_host() {
    let project = Project::new();
    let ran = piped(&project, &["--host", "ci@192.0.2.7"], "host\n").succeeds();
    ran.prints("host 192.0.2.7\n").calls_nothing();
    piped(&project, &["--host", "a@b@["], "1\n").fails(2).says("a@b@[");
}

#[test]
fn the_lock_is_kept_only_while_a_line_works() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    terminal.shows("`host` is").shows(PROMPT);
    terminal.types("cloud::host().write(\"/tmp/x\", \"x\"); state::set(\"a\", \"mi\" + \"ne\"); state::get(\"a\")\r");
    terminal.shows("\"mine\"").shows(PROMPT);
    project.imgctl(&["run", "-e", "state::set(\"a\", \"theirs\")"]).succeeds();
    terminal.types("state::get(\"a\")\r").shows("\"theirs\"").shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn a_dry_run_changes_nothing() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let before = project.everything();
    let ran =
        piped(&project, &["--dry-run"], "host.run(\"rm -rf /\")\nhost.query(\"hostname\").ok\n");
    ran.succeeds().says("would run").says("true");
    assert_eq!(project.everything(), before);
}

#[test]
fn commands_begin_with_a_colon() {
    let project = Project::new();
    project.write("scripts/mine.rhai", "//! Mine.\nstep(\"one\", || ());\n");
    project.imgctl(&["up", "mine"]).succeeds();
    let lines = ":help\n:help host.run\n:steps\nlet x = [1]\n:vars\n:quit\nprint(1)\n";
    let ran = piped(&project, &[], lines).succeeds();
    let ran = ran.says(":retry").says("host.run(command)").says("mine  one").says("x     [1]");
    assert!(!ran.stdout.ends_with("1\n"), "{ran}");
    piped(&project, &[], ":setps\n").fails(2).hints("`:steps`");
    piped(&project, &[], ":help nohting\n").fails(1).says("nohting");
    piped(&project, &[], ":retry\n").fails(2).says("no step");
}

#[test]
fn a_console_at_a_terminal_goes_on_after_mistakes() {
    let project = Project::new();
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    terminal.shows("there is no instance").shows(PROMPT);
    terminal.types("nohting\r").shows("error: there is no variable `nohting`").shows(PROMPT);
    terminal.types("let x = 40\r").shows(PROMPT).types("x + 2\r").shows("42").shows(PROMPT);
    // More lines belong to an open bracket.
    terminal.types("[x,\r").types("x + 3]\r").shows("[40, 43]").shows(PROMPT);
    // Ctrl-C gives a line up, and Ctrl-D leaves.
    terminal.types("x + ").shows("x + ").types("\x03").shows(PROMPT);
    terminal.types("x + 4\r").shows("44").shows(PROMPT).types("\x04");
    let (status, shown) = terminal.ends();
    assert_eq!(status, 0, "{shown}");
}

#[test]
fn ctrl_c_ends_what_runs_and_not_the_console() {
    let project = Project::new();
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    for code in ["loop {}", "time::sleep(600)", "local::run(\"sleep 600\")", "prompt(\"sure\")"] {
        terminal.shows(PROMPT).types(&format!("print(\"beg\" + \"un\"); {code}\r"));
        terminal.shows("begun");
        if code.starts_with("prompt") {
            terminal.shows("sure:");
        }
        terminal.types("\x03").shows("interrupted");
    }
    terminal.shows(PROMPT).types("6 * 7\r").shows("42").shows(PROMPT).types(":quit\r");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn a_console_ends_with_the_process_that_is_told_to() {
    use rustix::process::{Pid, Signal, kill_process};
    let project = Project::new();
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    let code = "fs::write(\"pid\", local::query(\"echo $PPID\").stdout); \"do\" + \"ne\"\r";
    terminal.shows(PROMPT).types(code).shows("\"done\"").shows(PROMPT);
    let pid = std::fs::read_to_string(project.path().join("pid")).unwrap();
    kill_process(Pid::from_raw(pid.trim().parse().unwrap()).unwrap(), Signal::TERM).unwrap();
    let (status, shown) = terminal.ends();
    assert_eq!(status, 130, "{shown}");
    assert!(shown.contains("\nwarning: interrupted: what exists is kept"), "{shown}");
}

#[test]
fn words_are_completed_and_calls_explained() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    // Of several the common beginning is filled in, of one all of it.
    for (typed, shown) in [
        ("base6\t", "base64::"),
        ("import \"std/hyg\t", "std/hygiene"),
        ("host.que\t", "host.query("),
        ("host.os.\x03", "host.os."),
        (":ste\t", ":steps"),
        (":help cloud::newest\t", "cloud::newest_image"),
        ("cloud::up(", "cloud::up(options)"),
        ("host.query(\"x\", ", "host.query(command, options)"),
    ] {
        terminal.shows(PROMPT).types(typed).shows(shown);
        if !typed.ends_with('\x03') {
            terminal.types("\x03");
        }
    }
    terminal.shows(PROMPT).types("import \"std/package\" as package\r");
    terminal.shows(PROMPT).types("package::inst\t").shows("package::install").types("\x03");
    terminal.shows(PROMPT).types("let fruit = #{ apple: \"re\" + \"d\" }\r");
    terminal.shows(PROMPT).types("fruit.ap\t\r").shows("\"red\"").shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn lines_are_kept_for_the_next_console_without_secrets() {
    let project = Project::new();
    let secrets = [("MINE", "hunter2hunter2")];
    let mut terminal = Terminal::open(&project, &["repl"], &secrets);
    terminal.shows(PROMPT).types("let answer = 6 * 7\r");
    terminal.shows(PROMPT).types("secret::env(\"MINE\"); \"hunter2\" + \"hunter2\"\r");
    terminal.shows(PROMPT).types("let mine = \"hunter2hunter2\"\r");
    terminal.shows(PROMPT).types(" let quiet = 1\r");
    terminal.shows(PROMPT).types("if true {\rquiet\r}\r").shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().0, 0);
    let kept = history(&project);
    assert!(kept.contains("let answer = 6 * 7"), "{kept}");
    assert!(kept.contains("if true {"), "{kept}");
    assert!(!kept.contains("hunter2hunter2") && !kept.contains("let quiet"), "{kept}");
    let file = project.path().join(".local/state/imgctl/repl_history");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    // Up, and up again: the line before the last one.
    let mut terminal = Terminal::open(&project, &["repl"], &[]);
    terminal.shows(PROMPT).types("\x12answer").shows("let answer = 6 * 7").types("\r");
    terminal.shows(PROMPT).types("answer\r").shows("42").shows(PROMPT).types("\x04");
    assert_eq!(terminal.ends().0, 0);
}

#[test]
fn words_of_other_consoles_are_understood() {
    let project = Project::new();
    let ran = piped(&project, &[], "help\nquit\nprint(1)\n").succeeds().says(":retry");
    assert!(!ran.stdout.ends_with("1\n"), "{ran}");
    piped(&project, &[], "exit\nprint(1)\n").succeeds().prints("");
    piped(&project, &[], "let exit = 3;\nexit\n").succeeds().prints("3\n");
}

#[test]
fn what_cannot_be_read_is_told_and_not_passed_over() {
    let project = Project::new();
    piped(&project, &[], "print(1)\n/* begins and never ends\nprint(2)\n").fails(2).says("comment");
    std::fs::write(project.path().join("latin1"), b"print(1)\nprint(\"caf\xe9\")\n").unwrap();
    let file = std::fs::File::open(project.path().join("latin1")).unwrap();
    let ran = project.imgctl_with_setup(&["repl"], |command| {
        command.stdin(file);
    });
    assert_ne!(ran.status, 0, "{ran}");
    ran.prints("1\n").says("UTF-8");
}

#[test]
fn functions_see_constants_of_earlier_lines() {
    let lines =
        "const A = 5\nconst B = 6; const C = A + B\nfn f() { global::A + global::C }\nf()\n";
    piped(&Project::new(), &[], lines).succeeds().prints("16\n");
    let again = "const A = 5\nfn f() { global::A }\nconst A = 7\nf()\n";
    piped(&Project::new(), &[], again).succeeds().prints("7\n");
}

#[test]
fn help_knows_what_lines_have_defined_and_what_the_language_has() {
    let project = Project::new();
    let lines =
        "import \"std/package\" as p\nfn own(a) { a }\n:help trim\n:help p::install\n:help own\n";
    let ran = piped(&project, &[], lines).succeeds();
    let ran = ran.says("trim(").says("p::install(host, names)").says("own(a)\n");
    ran.never_says("\npackage::install(");
    piped(&project, &[], "import \"std/package\" as p\n:help p\n").succeeds().says("p::missing(");
}

#[test]
fn a_text_that_ends_too_early_is_shown_where_it_ends() {
    let project = Project::new();
    let ran = piped(&project, &[], "fn f() {\n  1\n").fails(2).says("repl[1]:2:4");
    ran.says("2 |   1");
    project.write("open.rhai", "fn f() {\n  1\n\n");
    let ran = project.imgctl(&["run", "open.rhai"]).fails(2).says("open.rhai:2:4");
    ran.says("2 |   1");
}

#[test]
fn a_byte_order_mark_begins_standard_input() {
    piped(&Project::new(), &[], "\u{feff}1 + 1\n2 + 2\n").succeeds().prints("2\n4\n");
}
