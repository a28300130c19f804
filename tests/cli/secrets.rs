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

fn with_token(project: &Project, token: &str, options: &[&str], code: &str) -> Ran {
    let code = format!("let token = secret::env(\"TOKEN\"); {code}");
    let words = [options, &["run", "-e", &code]].concat();
    project.imgctl_with_setup(&words, |command: &mut Command| {
        command.env("TOKEN", token);
    })
}

#[test]
fn a_secret_that_is_glued_to_a_word_and_quoted_is_hidden() {
    let project = Project::new();
    for token in ["caret^only12", "it's$5tuvwx", "a'b\"c\\d!e`f", "!!'^^\"$$pass"] {
        for output in [&[][..], &["--output", "json"], &["-v"]] {
            let failing = "local::run([\"false\", \"--password=\" + token])";
            let thrown = with_token(&project, token, output, failing).fails(1);
            let caught = format!(
                "try {{ {failing}; }} catch (e) {{ print(`${{e}}`); print(json::text(e)); }}"
            );
            let caught = with_token(&project, token, output, &caught).succeeds();
            for ran in [thrown.says("***"), caught.says("***")] {
                let plain: String =
                    (ran.stdout + &ran.stderr).chars().filter(|c| !"'\"\\".contains(*c)).collect();
                let wanted: String = token.chars().filter(|c| !"'\"\\".contains(*c)).collect();
                assert!(!plain.contains(&wanted), "{token}: {plain}");
            }
        }
    }
}

#[test]
fn a_secret_that_was_encoded_twice_or_wrapped_is_hidden() {
    let project = Project::new();
    let token = "hunter2-and-more";
    for shell in [
        "printf %s \"$TOKEN\" | base64 | base64",
        "printf 'user:%s' \"$TOKEN\" | base64 | od -An -v -t x1",
        "printf %s \"$TOKEN\" | od -An -v -t x1 | sed 's/ /:/g'",
        "printf %s \"$TOKEN\" | base64 | fold -w 5",
        "printf %s \"$TOKEN\" | fold -w 3",
        "printf %s \"$TOKEN\" | sed 's/-/%252D/g'",
    ] {
        let query = format!("local::query(`{shell}`).stdout");
        let ran =
            with_token(&project, token, &[], &format!("print({query})")).succeeds().says("***");
        let clear = project
            .imgctl_with_setup(&["run", "-e", &format!("print({query})")], |command| {
                command.env("TOKEN", token);
            })
            .succeeds();
        for line in clear.stdout.lines().filter(|line| line.trim().len() > 1) {
            assert!(!ran.stdout.contains(line.trim()), "{shell}: {line}\n{ran}");
        }
    }
}

#[test]
fn a_thousand_secrets_are_hidden_and_one_that_is_too_long_is_refused() {
    let project = Project::new();
    project.write("long.txt", &"0123456789abcdef".repeat(200 << 6));
    project.write("longer.txt", &"0123456789abcdef".repeat(1 << 16));
    let code = "for n in 0..1500 { secret::mark(`secret-${n * 7919}-x`); }
        print(secret::file(\"long.txt\").sub_string(500, 5000));
        print(`secret-${1499 * 7919}-x`);
        secret::file(\"longer.txt\")";
    let ran = project.imgctl(&["run", "-e", code]).fails(2);
    let ran = ran.says("longer.txt has 1024 KiB: a secret has at most 256 KiB").hints("host.put");
    assert!(!ran.stdout.contains("cdef") && !ran.stdout.contains("secret-"), "{ran}");
}

#[test]
fn a_step_whose_name_has_a_secret_is_recorded_without_it() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    project.write(
        "scripts/deploy.rhai",
        "//! Deploys.
let token = secret::env(\"TOKEN\");
step(`deploy with ${token}`, || ());
",
    );
    let run = |token: &'static str| {
        project.imgctl_with_setup(&["deploy"], |command: &mut Command| {
            command.env("TOKEN", token);
        })
    };
    run("hunter2-and-more").succeeds().says("deploy with ***");
    assert!(!project.everything()[1].contains("hunter2"));
    run("hunter2-and-more").succeeds().says("done before");
    run("another-password").succeeds().never_says("done before");
}

#[test]
fn user_data_with_a_secret_is_refused_before_it_is_kept() {
    let project = Project::new();
    let config = "\
defaults: {cloud: fake, distribution: debian12, user_data: \"#!/bin/sh\\necho hunter2-and-more\\n\"}
clouds: {fake: {world: world.json, journal: journal.txt}}
";
    project.write("config.yaml", config);
    let ran = with_token(&project, "hunter2-and-more", &[], "cloud::up(#{})").fails(2);
    ran.says("user_data contains a secret").hints("host.write");
    assert!(!project.everything()[1].contains("hunter2"));
    assert!(project.debris().is_empty());
}

#[test]
fn user_data_keeps_its_dollars() {
    let project = Project::new();
    let config = "\
defaults: {cloud: fake, distribution: debian12, user_data: \"#!/bin/sh\\necho ${HOME} $$ ${nope:-x} ${open\\n\"}
clouds: {fake: {world: world.json, journal: journal.txt}}
";
    project.write("config.yaml", config);
    project.imgctl(&["up"]).succeeds();
    assert!(project.everything()[1].contains("echo ${HOME} $$ ${nope:-x} ${open\\n"));
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

#[test]
fn a_path_with_a_secret_is_hidden_in_transfers_and_their_journal() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let code = "let host = cloud::host();
let path = `/srv/${token}/conf`;
host.write(path, \"x\");
print(host.read(path));
host.get(path, `got-${token}`);
host.put(`got-${token}`, `/srv/${token}/put`, #{ sudo: true });
step(`at ${token}`, || host.exists(path));
host.get(`/none/${token}`, \"nowhere\");";
    for options in [&[][..], &["-vv"], &["--output", "json"]] {
        let ran = with_token(&project, "hunter2-and-more", options, code).fails(1).says("***");
        let kept = ran.calls.join("\n") + &ran.stdout + &ran.stderr;
        assert!(!kept.contains("hunter2"), "{kept}");
        assert!(ran.calls.iter().any(|call| call.contains("/srv/***/conf")), "{:?}", ran.calls);
        assert!(project.path().join("got-hunter2-and-more").exists());
        let dry = [options, &["--dry-run"]].concat();
        let ran = with_token(&project, "hunter2-and-more", &dry, code).says("***");
        assert!(!(ran.stdout + &ran.stderr).contains("hunter2"));
    }
}

#[test]
fn a_command_of_this_machine_with_a_secret_is_not_in_the_list_of_processes() {
    let project = Project::new();
    let look = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[h]unter2-and-more'; env | grep -c IMGCTL_LINE";
    let code = format!("print(local::query(`: ${{token}}; echo \"$0\"; {look}`).stdout)");
    let ran = with_token(&project, "hunter2-and-more", &[], &code).succeeds();
    assert_eq!(ran.stdout, "sh\n0\n0\n");
}

/// The redactor cannot know what a program makes up, or reads from a file of its own.
#[test]
fn an_error_quotes_a_program_without_what_could_be_a_credential() {
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    for line in [
        format!("echo 'refused: token {token}' >&2; exit 3"),
        format!("echo 'refused: {{\"SessionToken\": \"{token}\"}}'; exit 3"),
        format!("echo 'refused: https://me:{token}@example.org/' >&2; exit 3"),
    ] {
        let project = Project::new();
        // In parts, so that the shown command does not have it.
        let line = line.replace(token, "'\"$A$B\"'");
        let code = format!(
            "local::run({}, #{{ env: #{{ A: `{}`, B: `{}` }} }})",
            serde_json::Value::from(line),
            &token[..9],
            &token[9..]
        );
        let ran = project.imgctl(&["run", "-e", &code]).fails(1).says("refused");
        let errors = ran.stderr.split("error: ").nth(1).unwrap_or_default();
        assert!(!errors.contains(token), "{ran}");
    }
}

/// Of a setting that is so typed, `--set vars.token=…`, that is so, too.
#[test]
fn an_argument_that_is_secret_by_its_name_shows_in_no_output_and_no_report() {
    const TYPED: &str = "hunter2hunter2";
    let project = Project::new();
    let code = "//! Deploys.
let given = args::parse([], #{ token: \"\", note: \"\" });
print(given.token); log::info(`with ${given.token}, ${given.note}`); throw given.token;
";
    project.write("scripts/deploy.rhai", code);
    let options = ["--log", "log.txt", "--report", "report.html", "--junit", "junit.xml", "-vv"];
    let (named, word) = (format!("deploy:token={TYPED},note=plain"), format!("token={TYPED}"));
    for words in
        [&[named.as_str()][..], &["run", "scripts/deploy.rhai", word.as_str(), "note=plain"]]
    {
        let ran = project.imgctl(&[&options[..], words].concat()).fails(1);
        ran.says("with ***, plain").never_says(TYPED);
        for file in ["log.txt", "report.html", "junit.xml"] {
            let text = std::fs::read_to_string(project.path().join(file)).unwrap();
            assert!(!text.contains(TYPED), "{file}: {text}");
        }
    }
}

#[test]
fn a_crash_leaves_no_core_file() {
    let project = Project::new();
    // The process that ends here is imgctl, which takes the place of the shell.
    let line = "ulimit -S -c $(ulimit -H -c); exec \"$0\" run -e 'print(\"it runs\"); time::sleep(\"1h\")'";
    let mut process = std::process::Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_imgctl")])
        .current_dir(project.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(process.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut lines, &mut said).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}
