//! The output for users and for programs that read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use imgctl::report::{Level, Report, Stream};
use imgctl::ui::{Image, Options, Streams, Terminal, Ui};
use imgctl::{Code, Error, Place};
use serde_json::Value;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Session {
    ui: Arc<Ui>,
    stdout: Captured,
    stderr: Captured,
}

fn session(options: Options) -> Session {
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let terminal = Terminal { unicode: true, ..Terminal::default() };
    let ui = Ui::to_writers(options, terminal, stdout.clone(), stderr.clone());
    Session { ui, stdout, stderr }
}

fn plain() -> Session {
    session(Options::default())
}

fn json() -> Session {
    session(Options { json: true, ..Options::default() })
}

fn show_everything(ui: &Ui) {
    ui.task_started("bootstrap");
    ui.step_started("bootstrap", "packages");
    ui.log(Level::Debug, "asking");
    ui.log(Level::Info, "installing\nmany");
    ui.output("build", Stream::Stdout, "Get:1 git");
    ui.output("build", Stream::Stderr, "slow mirror");
    ui.log(Level::Success, "installed");
    ui.log(Level::Warning, "no swap");
    ui.step_finished("packages", 3.21, true);
    ui.step_skipped("docker", "done already");
    ui.step_failed("reboot");
    ui.task_finished("bootstrap", 185.0, false);
    ui.task_finished("tests", 42.3, true);
    ui.print("hello");
    ui.print("image is at /tmp/x");
    ui.created_image(&image("img-1", "ci"));
    let rows = [vec!["img-1".into(), "2026".into()], vec!["i".into(), "ä".into()]];
    ui.table("images", &["ID", "Created at", "Empty"], &rows);
    let error = Error::new(Code::Timeout, "[build] no answer\nfor long")
        .cause("connection refused")
        .at("scripts/bootstrap.rhai:14")
        .hint("look at the console");
    ui.error(&error);
}

fn image(id: &str, name: &str) -> Image {
    Image { id: id.to_owned(), name: name.to_owned(), ..Image::default() }
}

#[test]
fn progress_goes_to_stderr_and_results_to_stdout() {
    let session = plain();
    show_everything(&session.ui);
    assert_eq!(
        session.stderr.text(),
        "\
→ bootstrap
  → packages
  → installing
    many
[build] Get:1 git
[build]! slow mirror
  ✓ installed
warning: no swap
  ✓ packages (3.2 s)
  – docker (done already)
  ✗ reboot
✗ bootstrap (3 min 05 s)
✓ tests (42 s)
error: [build] no answer
       for long
  --> scripts/bootstrap.rhai:14
  caused by: connection refused
hint: look at the console
"
    );
    assert_eq!(
        session.stdout.text(),
        "\
hello
image is at /tmp/x
created server image: img-1
ID     Created at  Empty
img-1  2026
i      ä
"
    );
}

fn misplaced(line: &str, column: usize) -> Error {
    let place = Place::file("a.yaml").line(12).columns(column, 3);
    Error::config("wrong").at(Place { text: Some(line.to_owned()), ..place }).cause("why")
}

#[test]
fn the_line_of_an_error_is_drawn_with_a_caret_and_without_secrets() {
    let session = plain();
    session.ui.secrets().add("hunter2");
    session.ui.error(&misplaced("\tä: odd", 5));
    session.ui.error(&misplaced("key: odd, pw: hunter2", 6));
    // The secret is in the way: no caret is better than one in the wrong place.
    session.ui.error(&misplaced("pw: hunter2, key: odd", 19));
    assert_eq!(
        session.stderr.text(),
        "\
error: wrong
  --> a.yaml:12:5
   |
12 |     ä: odd
   |        ^^^
  caused by: why
error: wrong
  --> a.yaml:12:6
   |
12 | key: odd, pw: ***
   |      ^^^
  caused by: why
error: wrong
  --> a.yaml:12:19
   |
12 | pw: ***, key: odd
   |
  caused by: why
"
    );
}

#[test]
fn a_long_line_is_cut_around_the_caret_and_colours_are_asked_for() {
    let long = format!("{}odd {}", "x ".repeat(100), "y ".repeat(100));
    let draw = |terminal: Terminal| {
        let stderr = Captured::default();
        let ui = Ui::to_writers(Options::default(), terminal, Captured::default(), stderr.clone());
        ui.error(&misplaced(&long, 201));
        stderr.text()
    };
    let narrow = draw(Terminal { columns: Some(60), ..Terminal::default() });
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    assert!(narrow.contains("odd") && narrow.contains("^^^"), "{narrow}");
    assert!(!narrow.contains('\u{1b}'), "{narrow}");
    assert!(draw(Terminal { color: true, ..Terminal::default() }).contains("\u{1b}["));
}

#[test]
fn quiet_keeps_results_warnings_and_failures() {
    let session = session(Options { verbosity: -1, ..Options::default() });
    show_everything(&session.ui);
    let stderr = session.stderr.text();
    let lines: Vec<&str> = stderr.lines().take(4).collect();
    assert_eq!(
        lines,
        ["warning: no swap", "  ✗ reboot", "✗ bootstrap (3 min 05 s)", "error: [build] no answer"]
    );
    assert!(session.stdout.text().contains("\ncreated server image: img-1\n"));
}

#[test]
fn verbose_shows_debug_messages() {
    let session = session(Options { verbosity: 1, ..Options::default() });
    show_everything(&session.ui);
    assert!(session.stderr.text().contains("  debug: asking\n"));
}

#[test]
fn without_unicode_all_marks_are_ascii() {
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let ui =
        Ui::to_writers(Options::default(), Terminal::default(), stdout.clone(), stderr.clone());
    ui.task_started("a");
    ui.step_finished("b", 1.0, false);
    ui.step_failed("c");
    ui.step_skipped("d", "e");
    assert_eq!(stderr.text(), "-> a\n  ok b (1.0 s, unchanged)\n  FAILED c\n  -- d (e)\n");
}

#[test]
fn json_is_one_object_a_line_with_the_same_events() {
    let session = json();
    show_everything(&session.ui);
    assert_eq!(session.stderr.text(), "");
    let stdout = session.stdout.text();
    let events: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        let time = event["time"].as_str().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{time}");
    }
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "task_started",
            "step_started",
            "log",
            "output",
            "output",
            "log",
            "log",
            "step_finished",
            "step_skipped",
            "step_failed",
            "task_finished",
            "task_finished",
            "print",
            "print",
            "created_image",
            "row",
            "row",
            "error"
        ]
    );
    assert_eq!(events[2]["message"], "installing\nmany");
    assert_eq!((&events[4]["stream"], &events[4]["host"]), (&"stderr".into(), &"build".into()));
    assert_eq!((&events[14]["id"], &events[14]["name"]), (&"img-1".into(), &"ci".into()));
    assert_eq!(events[15]["row"], serde_json::json!({"id": "img-1", "created_at": "2026"}));
    assert_eq!(events[17]["code"], "timeout");
    assert_eq!(events[17]["causes"][0], "connection refused");
    assert_eq!(events[17]["place"], "scripts/bootstrap.rhai:14");
    assert_eq!(events[17]["file"], "scripts/bootstrap.rhai");
    assert_eq!((&events[17]["line"], &events[17]["column"]), (&14.into(), &Value::Null));
    assert_eq!(events[17]["hint"], "look at the console");
}

#[test]
fn colours_and_bars_follow_the_terminal_and_the_usual_variables() {
    let at = Streams { stdin: true, stderr: true, columns: None };
    let decide = |options: &Options, streams, variables: &[(&str, &str)]| {
        Terminal::decide(options, streams, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    let usual = Options::default();
    let both = |terminal: Terminal| (terminal.color, terminal.bars);
    assert_eq!(both(decide(&usual, at, &[("TERM", "xterm")])), (true, true));
    assert_eq!(both(decide(&usual, at, &[("TERM", "dumb")])), (false, false));
    assert_eq!(both(decide(&usual, at, &[("NO_COLOR", "1")])), (false, false));
    assert_eq!(both(decide(&usual, at, &[("NO_COLOR", "")])), (true, true));
    let pipe = Streams::default();
    assert_eq!(both(decide(&usual, pipe, &[])), (false, false));
    assert_eq!(both(decide(&usual, pipe, &[("CLICOLOR_FORCE", "1")])), (true, false));
    assert_eq!(both(decide(&usual, pipe, &[("CLICOLOR_FORCE", "0")])), (false, false));
    let never = Options { color: Some(false), ..Options::default() };
    assert_eq!(both(decide(&never, at, &[("CLICOLOR_FORCE", "1")])), (false, false));
    let json = Options { json: true, ..Options::default() };
    assert_eq!(both(decide(&json, at, &[])), (false, false));

    let unicode = |variables: &[(&str, &str)]| decide(&usual, at, variables).unicode;
    assert!(unicode(&[("LANG", "de_DE.UTF-8")]));
    assert!(unicode(&[("LC_ALL", ""), ("LANG", "C.utf8")]));
    assert!(!unicode(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
    assert!(!unicode(&[]));
    assert!(decide(&usual, at, &[]).interactive);
    assert!(!decide(&usual, Streams { stdin: false, ..at }, &[]).interactive);
}

#[test]
fn remote_output_cannot_control_the_terminal() {
    let session = plain();
    let show = |line: &str| session.ui.output("h", Stream::Stdout, line);
    show("\u{1b}[31mred\u{1b}[0m \u{1b}[2J\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{1b}\\link");
    show("10 %\r 50 %\r100 %\r");
    show("a\u{8}b\u{0}c\td\u{9b}2J\u{202e}e");
    show("\u{1b}]unfinished");
    show("");
    session.ui.print("two\nlines\u{1b}[1A");
    assert!(!session.stderr.text().contains('\u{1b}'));
    let stderr = session.stderr.text();
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines[0], "[h] red link");
    assert_eq!(lines[1], "[h] 100 %");
    assert!(lines[2].starts_with("[h] abc\td") && lines[2].ends_with('e'), "{:?}", lines[2]);
    assert!(!lines[2].contains(|c: char| c.is_control() && c != '\t' || c == '\u{202e}'));
    assert_eq!(lines.len(), 5);
    assert_eq!(session.stdout.text(), "two\nlines\n");
}

#[test]
fn a_question_without_a_terminal_is_an_error_and_yes_answers_it() {
    let session = plain();
    let error = session.ui.confirm("Destroy?", false).unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    assert_eq!(error.message(), "cannot ask \"Destroy?\": there is no terminal");
    assert!(error.hint_text().unwrap().contains("--yes"));
    assert!(session.ui.prompt("Name", None).unwrap_err().hint_text().is_some());
    let error = session.ui.password("Password").unwrap_err();
    assert!(error.hint_text().unwrap().contains("environment variable"));

    let yes = self::session(Options { yes: true, ..Options::default() });
    assert!(yes.ui.confirm("Destroy?", false).unwrap());
    assert_eq!(yes.ui.prompt("Name", Some("ci")).unwrap(), "ci");
    assert!(yes.ui.prompt("Name", None).is_err());
}

#[test]
fn lines_of_many_threads_do_not_mix() {
    let session = plain();
    let line = "x".repeat(300);
    std::thread::scope(|scope| {
        for host in 0..8 {
            let (ui, line) = (&session.ui, &line);
            scope.spawn(move || {
                for _ in 0..50 {
                    ui.output(&host.to_string(), Stream::Stdout, line);
                }
            });
        }
    });
    let stderr = session.stderr.text();
    assert_eq!(stderr.lines().count(), 400);
    assert!(stderr.lines().all(|shown| shown.len() == 304 && shown.ends_with(&line)));
}

struct Broken(std::io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_no_error_but_a_full_disk_is() {
    let with = |kind| {
        let terminal = Terminal::default();
        let ui = Ui::to_writers(Options::default(), terminal, Broken(kind), Captured::default());
        ui.print("one");
        ui.print("two");
        ui.finish()
    };
    with(std::io::ErrorKind::BrokenPipe).unwrap();
    let error = with(std::io::ErrorKind::StorageFull).unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::Io, "cannot write to standard output"));
}

const SECRET: &str = r#"p@ss wörd/'1&2$"<x\>?~"#;

/// Made with other programs: base64, Python's urllib, json, html and shlex, bash.
const FORMS: [(&str, &str); 19] = [
    (r##"p@ss wörd/'1&2$"<x\>?~"##, "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34=", "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw-P34=", "***"),
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34", "***"),
    // With a newline at its end, with `user:` before it, in the middle of something.
    ("cEBzcyB3w7ZyZC8nMSYyJCI8eFw+P34K", "***K"),
    ("dXNlcjpwQHNzIHfDtnJkLycxJjIkIjx4XD4/fg==", "dXNlcjp***g=="),
    ("YWJwQHNzIHfDtnJkLycxJjIkIjx4XD4/fnh5eg==", "YWJ***nh5eg=="),
    ("p%40ss%20w%C3%B6rd%2F%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss%20w%C3%B6rd/%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss+w%C3%B6rd%2F%271%262%24%22%3Cx%5C%3E%3F~", "***"),
    ("p%40ss%20w%c3%b6rd%2f%271%262%24%22%3cx%5c%3e%3f~", "***"),
    (r##""p@ss wörd/'1&2$\"<x\\>?~""##, "\"***\""),
    (r##""p@ss w\u00f6rd/'1&2$\"<x\\>?~""##, "\"***\""),
    (r##"'p@ss wörd/'"'"'1&2$"<x\>?~'"##, "'***'"),
    (r##"p@ss\ wörd/\'1\&2\$\"\<x\\\>\?~"##, "***"),
    (r##"p@ss wörd/&#x27;1&amp;2$&quot;&lt;x\&gt;?~"##, "***"),
    ("704073732077c3b672642f2731263224223c785c3e3f7e", "***"),
    ("704073732077C3B672642F2731263224223C785C3E3F7E", "***"),
    (r##"+ : 'p@ss wörd/'\''1&2$"<x\>?~'"##, "+ : '***'"),
];

#[test]
fn a_secret_is_hidden_in_every_common_form() {
    let session = plain();
    session.ui.secrets().add(SECRET);
    for (form, expected) in FORMS {
        assert_eq!(session.ui.secrets().redact(form), expected, "of {form}");
        let around = session.ui.secrets().redact(&format!("a {form} b {form}"));
        assert_eq!(around, format!("a {expected} b {expected}"));
    }
}

#[test]
fn secrets_reach_no_kind_of_output() {
    for session in [plain(), json()] {
        let ui = &session.ui;
        ui.secrets().add("hunter22");
        let text = "it is hunter22!";
        ui.task_started(text);
        ui.task_finished(text, 1.0, false);
        ui.step_started(text, text);
        ui.step_finished(text, 1.0, true);
        ui.step_skipped(text, text);
        ui.step_failed(text);
        ui.log(Level::Warning, text);
        ui.output(text, Stream::Stderr, text);
        ui.output("h", Stream::Stderr, "hun\u{1b}[31mter\u{0}22");
        ui.print(text);
        ui.print(text);
        ui.created_image(&image(text, text));
        ui.table("images", &["ID"], &[vec![text.to_owned()]]);
        ui.error(&Error::failed(text).cause(text).hint(text).at(text));
        let shown = [session.stdout.text(), session.stderr.text()].concat();
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.matches("it is ***!").count() >= 15, "{shown}");
    }
}

#[test]
fn a_secret_of_several_lines_is_hidden_line_by_line() {
    let session = plain();
    let secrets = session.ui.secrets();
    let key = "-----BEGIN KEY-----\nb3BlbnNzaC1rZXkabcdef\nMIGkAgEBBDCxyz/123+=\nend\n-----END KEY-----\n";
    secrets.add(key);
    assert_eq!(secrets.redact(key), "***");
    assert_eq!(secrets.redact("x b3BlbnNzaC1rZXkabcdef y"), "x *** y");
    assert_eq!(secrets.redact("  MIGkAgEBBDCxyz/123+="), "  ***");
    assert_eq!(secrets.redact("the end"), "the end");
    let inline = key.replace('\n', "\\n");
    assert_eq!(secrets.redact(&format!("\"{inline}\"")), "\"***\"");
    let wrapped = "LS0tLS1CRUdJTiBLRVktLS0tLQpiM0JsYm5OemFDMXJaWGthYmNkZWYKTUlHa0FnRUJCREN4\neXovMTIzKz0KZW5kCi0tLS0tRU5EIEtFWS0tLS0tCg==";
    assert_eq!(secrets.redact(wrapped), "***\n***", "as base64 wraps it");
}

#[test]
fn a_secret_wrapped_over_two_lines_is_hidden() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("correct-horse-battery-staple");
    assert_eq!(secrets.redact("token: correct-horse-bat"), "token: ***");
    assert_eq!(secrets.redact("tery-staple is the token"), "*** is the token");
    assert_eq!(secrets.redact("t-horse-batter"), "***");
    assert_eq!(secrets.redact("correct answer"), "correct answer");
    assert_eq!(secrets.redact("a staple and a battery"), "a staple and a battery");
}

#[test]
fn short_secrets_are_hidden_as_words_and_blank_ones_ignored() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("");
    secrets.add(" \n");
    assert_eq!(secrets.redact("a  b\n"), "a  b\n");
    secrets.add("ab");
    assert_eq!(secrets.redact("table ab, -p=ab abc xab"), "table ***, -p=*** abc xab");
    secrets.add("tool");
    assert_eq!(secrets.redact("stools"), "s***s");
}

#[test]
fn redaction_cuts_at_character_boundaries() {
    let session = plain();
    let secrets = session.ui.secrets();
    secrets.add("ÄÖÜäöüßÄÖÜäöüß");
    secrets.add("日本語のとても長い秘密の言葉です");
    for text in ["ÄÖÜäöüß", "x日本語のと", "い秘密の言葉ですx", "ÜäöüßÄÖÜä", "é", "Äöü日本"]
    {
        let shown = secrets.redact(text);
        assert!(shown.len() <= text.len() + 6, "{shown}");
    }
    assert_eq!(secrets.redact("wert=ÄÖÜäöüßÄÖÜäöüß."), "wert=***.");
    assert_eq!(secrets.redact("日本語のとても長い秘密"), "***");
}

/// Not a test: the program at the terminal of the tests below.
#[test]
#[ignore = "started by the tests below"]
fn at_a_terminal() {
    let options = Options { color: Some(true), ..Options::default() };
    let cancel = options.cancel.clone();
    let ui = Ui::new(options);
    match std::env::var("SCENE").unwrap().as_str() {
        "bars" => {
            let copy = ui.activity("copying");
            let wait = ui.activity("waiting for SSH");
            wait.status("connection refused");
            let started = std::time::Instant::now();
            let mut lines = 0;
            // Long enough for bars to be shown and redrawn around lines.
            while lines < 9 {
                let done = started.elapsed().as_millis() as u64 * 1000;
                copy.progress(done, Some(2_500_000));
                if started.elapsed().as_millis() / 250 > lines {
                    lines += 1;
                    ui.output("h", Stream::Stdout, &format!("line {lines}"));
                    ui.print(&format!("result {lines}"));
                }
                std::thread::yield_now();
            }
        }
        "questions" => {
            ui.print(&format!("confirmed {}", ui.confirm("Really?", false).unwrap()));
            ui.print(&format!("named {}", ui.prompt("Name", Some("ci")).unwrap()));
            let password = ui.password("Password").unwrap();
            ui.print(&format!("length {} of {password}", password.len()));
            cancel.cancel();
            let error = ui.confirm("And now?", true).unwrap_err();
            ui.print(error.code().name());
        }
        other => panic!("{other}"),
    }
    ui.print("over");
}

/// Runs a scene at a terminal of its own, typing these lines; returns its output.
fn play(scene: &str, typed: &[(&str, &str)]) -> Vec<u8> {
    let program = std::env::current_exe().unwrap();
    let line = format!("{} --ignored --exact at_a_terminal --nocapture", program.display());
    let mut script = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("SCENE", scene)
        .env("TERM", "xterm")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = script.stdin.take().unwrap();
    let mut stdout = script.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut typed = typed.iter().peekable();
    let mut byte = [0];
    while stdout.read(&mut byte).unwrap() > 0 {
        seen.push(byte[0]);
        if let Some((_, answer)) =
            typed.next_if(|(question, _)| seen.ends_with(question.as_bytes()))
        {
            stdin.write_all(answer.as_bytes()).unwrap();
        }
    }
    drop(stdin);
    let status = script.wait().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&seen));
    seen
}

/// The text on a terminal after this output.
fn screen_after(sent: &[u8]) -> String {
    let (rows, columns) = (NonZero::new(50).unwrap(), NonZero::new(80).unwrap());
    let mut terminal = vt100::Parser::new(rows, columns, 0);
    terminal.process(sent);
    terminal.screen().contents()
}

#[test]
fn bars_appear_and_disappear_between_whole_lines() {
    let seen = play("bars", &[]);
    let text = String::from_utf8_lossy(&seen);
    assert!(text.contains("waiting for SSH: connection refused"), "the spinner was shown");
    assert!(text.contains("copying") && text.contains("MiB"), "the bar was shown");
    let screen = screen_after(&seen);
    let lines: Vec<&str> = screen.lines().skip_while(|line| !line.contains("line 1")).collect();
    let expected: Vec<String> = (1..=9)
        .flat_map(|number| [format!("[h] line {number}"), format!("result {number}")])
        .chain(["over".to_owned()])
        .collect();
    assert_eq!(lines[..expected.len()], expected, "{screen}");
}

#[test]
fn questions_are_asked_at_the_terminal_and_end_when_cancelled() {
    let answers = [
        ("Really? [y/N] ", "perhaps\n"),
        ("Really? [y/N] ", "YES\n"),
        ("Name [ci]: ", "\n"),
        ("Password: ", "tiger-lily\n"),
    ];
    let seen = play("questions", &answers);
    let screen = screen_after(&seen);
    for line in ["confirmed true", "named ci", "length 10 of ***", "interrupted", "over"] {
        assert!(screen.lines().any(|shown| shown == line), "no `{line}` in:\n{screen}");
    }
    assert!(!screen.contains("tiger"), "a password is not shown:\n{screen}");
}
