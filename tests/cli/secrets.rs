//! A secret shows in no output of the binary, whatever a script does with it.

use std::process::Command;

use crate::project::{Project, Ran};

const SECRET: &str = "hunter2-Zürich+/=?&";

/// What a careless script does: print, log, throw, run and return it, in several encodings.
const SCRIPT: &str = "//! Leaks.
let host = cloud::host();
print(token);
print(`in a text: ${token}, twice ${token}`);
print(json::text(#{ token: token }));
print(yaml::text(#{ token: token }));
log::info(token);
log::debug(token);
print(local::query(\"printf %s \\\"$TOKEN\\\"\"));
print(local::query(\"printf %s \\\"$TOKEN\\\" | base64\"));
print(local::query(\"printf 'user:%s' \\\"$TOKEN\\\" | base64\"));
print(local::query(\"printf %s \\\"$TOKEN\\\" | od -An -v -t x1 | tr -d ' \\\\n'\"));
host.run([\"echo\", token]);
host.run(`deploy --token ${token}`);
step(token, || host.run([\"echo\", token]));
throw #{ code: \"failed\", message: `refused ${token}`, hint: token, causes: [token] };
";

/// The program that the scripts here call.
const DEPLOYS: &str = "- {command: '^deploy'}";

/// The value and what it looks like in other clothes.
fn forms() -> [String; 6] {
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    [
        SECRET.to_owned(),
        "aHVudGVyMi1aw7xyaWNoKy89PyY".to_owned(),
        // Of `user:` and the secret: what only the secret has a part in.
        "podW50ZXIyLVrDvHJpY2grLz0/J".to_owned(),
        hex,
        "hunter2-Z%C3%BCrich".to_owned(),
        "Zürich".to_owned(),
    ]
}

fn leak(first: &str, options: &[&str]) -> Ran {
    let project = Project::new().answer(DEPLOYS);
    project.imgctl(&["up"]);
    project.write("scripts/leaks.rhai", &SCRIPT.replacen('\n', &format!("\n{first}\n"), 1));
    project.imgctl_with_setup(&[options, &["leaks"]].concat(), |command: &mut Command| {
        command.env("TOKEN", SECRET);
    })
}

#[test]
fn a_secret_shows_in_no_output() {
    for options in [&[][..], &["-v"], &["-vv"], &["--output", "json"], &["-q"], &["--dry-run"]] {
        let ran = leak("let token = secret::env(\"TOKEN\");", options).fails(1);
        let shown = ran.stdout + &ran.stderr;
        assert!(shown.contains("refused"), "{shown}");
        for form in forms() {
            assert!(!shown.contains(&form), "{form} with {options:?}:\n{shown}");
        }
    }
}

/// The other test would pass if nothing was shown at all.
#[test]
fn what_is_not_marked_as_secret_is_shown_in_these_forms() {
    let ran = leak("let token = env::get(\"TOKEN\");", &["-v"]);
    let shown = ran.stdout + &ran.stderr;
    for form in forms().iter().filter(|form| !form.contains('%')) {
        assert!(shown.contains(form), "{form}:\n{shown}");
    }
}

#[test]
fn a_secret_reaches_neither_state_nor_arguments_of_the_journal_when_it_is_said_to_be_one() {
    let project = Project::new().answer(DEPLOYS);
    project.imgctl(&["up"]);
    let code = "let token = secret::env(\"TOKEN\");
let host = cloud::host();
host.run(`deploy ${token}`, #{ secret: true });
host.write(\"/etc/token\", token, #{ sudo: true, mode: \"0600\", secret: true });";
    project.write("scripts/deploy.rhai", code);
    let ran = project.imgctl_with_setup(&["deploy"], |command| {
        command.env("TOKEN", SECRET);
    });
    let ran = ran.succeeds();
    assert!(ran.calls.iter().any(|call| call.contains("/etc/token")), "{:?}", ran.calls);
    let state = project.everything()[1].clone();
    let kept = ran.calls.join("\n") + &ran.stdout + &ran.stderr + &state;
    assert!(!kept.contains(SECRET), "{kept}");
}
