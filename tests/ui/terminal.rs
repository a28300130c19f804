//! Bars and questions, at a terminal.

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Command, Stdio};

use imgctl::report::{Report, Stream};
use imgctl::ui::{Options, Ui};

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
    let line =
        format!("{} --ignored --exact terminal::at_a_terminal --nocapture", program.display());
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
    let mut terminal = terminal();
    terminal.process(sent);
    terminal.screen().contents()
}

fn terminal() -> vt100::Parser {
    let (rows, columns) = (NonZero::new(50).unwrap(), NonZero::new(80).unwrap());
    vt100::Parser::new(rows, columns, 0)
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
    // While both are shown, each has a line of its own.
    let mut terminal = terminal();
    let mut both = 0;
    for sent in seen.split_inclusive(|byte| *byte == b'\r') {
        terminal.process(sent);
        let screen = terminal.screen().contents();
        let has = |line: &&str| line.contains("copying") || line.contains("waiting for SSH");
        let bars: Vec<&str> = screen.lines().filter(has).collect();
        assert!(bars.iter().all(|bar| bar.starts_with("  ")), "{screen}");
        both += usize::from(bars.len() == 2);
    }
    assert!(both > 0, "both were shown at once");
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
