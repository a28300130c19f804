//! The output for users and for programs that read it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "ui/redaction.rs"]
mod redaction;
#[path = "ui/terminal.rs"]
mod terminal;

use std::io::Write;
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
