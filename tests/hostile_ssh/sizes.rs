//! Output, files and commands that are too large.

use crate::client::Client;
use crate::sshd::Sshd;

#[test]
fn more_output_than_is_kept_is_an_error_of_a_query_and_can_be_asked_for() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let script = r#"print(h.query("yes").stdout.len());"#;
    client.run(script).fails(1).says("printed more than 16 MiB").hints("`keep:");
    client.run(r#"print(h.test("yes"));"#).fails(1).says("printed more than 16 MiB");
    let script = r#"
print(h.query("yes | head -c 20000000", #{ keep: "32MiB" }).stdout.len());
print(h.run("yes | head -c 20000000", #{ quiet: true }).stdout.len());
"#;
    client
        .run(script)
        .succeeds()
        .says("19999999")
        .says("16777215")
        .says("the rest is not in the result");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let big = server.folder().join("big");
    std::fs::File::create(&big).unwrap().set_len(1 << 30).unwrap();
    for path in [big.to_str().unwrap(), "/dev/zero"] {
        client.run(&format!("h.read({path:?});")).fails(1).says("more than 16 MiB").hints("most");
    }
    let some = server.folder().join("some");
    std::fs::File::create(&some).unwrap().set_len(17 << 20).unwrap();
    let script = format!("print(h.read({some:?}, #{{ most: \"17MiB\" }}).len());");
    client.run(&script).succeeds().says("17825792");
    // A large file that is replaced need not be read.
    let script =
        format!("print(`wrote ${{h.write({big:?}, \"\")}}`); print(h.read({big:?}).len());");
    client.run(&script).succeeds().says("wrote true").says("0");
}

#[test]
fn a_command_of_three_megabytes_runs_and_is_not_quoted_whole() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let script = "let text = \"x\"; text.pad(3000000, \"y\");\n";
    client.run(&format!("{script}print(h.query(`printf %s ${{text}} | wc -c`).stdout);"));
    let ran = client.run(&format!("{script}h.run(`false ${{text}}`);")).fails(1);
    assert!(ran.stderr.len() < 2000, "{} bytes of message", ran.stderr.len());
    ran.says("exited with status");
}

#[test]
fn a_terminal_gets_the_end_of_input_within_a_line() {
    if crate::sshd::user() != "root" {
        println!("skipped: an sshd that root does not run cannot make terminals");
        return;
    }
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let script = r#"print(h.query("wc -c", #{ pty: true, stdin: "no end", timeout: "20s" }).stdout);
print(h.query("wc -c", #{ pty: true, stdin: "an end\n", timeout: "20s" }).stdout);"#;
    client.run(script).succeeds().says("6").says("7");
    let script = r#"let s = ""; s.pad(5000, "x"); h.query("cat", #{ pty: true, stdin: s, timeout: "20s" });"#;
    client.run(script).fails(2).says("a terminal takes no lines of more than");
}

fn with_token(command: &mut std::process::Command) {
    command.env("TOKEN", "caret^only12");
}

#[test]
fn a_command_with_a_secret_is_not_in_the_list_of_processes() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    // The shells of this command see all command lines, their own ones too.
    let script = r#"
let token = secret::env("TOKEN");
let look = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c caret | cat";
print(`line ${h.query(`: ${token}; ${look}`).stdout}`);
print(`env ${h.query(look, #{ env: #{ A: token } }).stdout}`);
print(`value ${h.query("printf %s \"$A\" | wc -c", #{ env: #{ A: token } }).stdout}`);
h.run(`echo shown; : ${token}`);
"#;
    let script = script.replace("grep -c caret", "grep -c '[c]aret^only12'");
    client
        .run_with(&script, with_token)
        .succeeds()
        .says("line 0")
        .says("env 0")
        .says("value 12")
        .says("shown");
    let script = r#"h.query(`: ${secret::env("TOKEN")}`, #{ pty: true });"#;
    client.run_with(script, with_token).fails(2).hints("omit `pty`");
}

#[test]
fn bytes_of_output_that_are_no_text_are_kept_when_asked() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let file = server.folder().join("latin");
    let script = format!(
        "let keep = #{{ keep_bytes: true }};\nlet text = h.query(\"printf 'caf\\\\351'\", keep).stdout;\n\
         h.write({file:?}, text, keep);\n\
         print(h.query(\"od -An -tx1\", #{{ keep_bytes: true, stdin: text }}).stdout);"
    );
    client.run(&script).succeeds().says("63 61 66 e9");
    assert_eq!(std::fs::read(&file).unwrap(), b"caf\xe9");
    client.run(&format!("h.read({file:?});")).fails(1).says("is not UTF-8").hints("keep_bytes");
}

#[test]
fn bytes_of_output_that_are_lost_are_told_once_and_only_where_the_output_is_used() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let told = "printed 2 bytes that are not UTF-8";
    let with_h =
        "let it = HOW(\"printf 'caf\\\\351 \\\\374ber'\"); let x = it.stdout + it.lines.len;";
    for how in ["h.run", "h.query", "local::run", "local::query"] {
        let ran = client.run(&with_h.replace("HOW", how)).succeeds();
        let ran = ran.says(told).says("keep_bytes: true");
        assert_eq!(ran.stderr.matches(told).count(), 1, "{}", ran.stderr);
        let keeps = "let it = HOW(\"printf 'caf\\\\351'\", #{ keep_bytes: true }); print(it);";
        let ran = client.run(&keeps.replace("HOW", how)).succeeds();
        assert!(!ran.stderr.contains("not UTF-8"), "{}", ran.stderr);
        let unused = "if HOW(\"printf 'caf\\\\351 \\\\374ber'\").ok { print(1); }";
        let ran = client.run(&unused.replace("HOW", how)).succeeds();
        assert!(!ran.stderr.contains("not UTF-8"), "{}", ran.stderr);
    }
    client
        .run(r#"print(h.query("printf '\\351' >&2; : \"$A\"", #{ secret: true }).stderr);"#)
        .succeeds()
        .says("`a command with a secret` printed 1 byte that is not UTF-8");
}

#[test]
fn a_path_with_a_secret_is_not_in_the_list_of_processes() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let pipe = server.folder().join("caret^only12");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // The pipe opens here when it is read there, which then waits for its end.
    let (found, arguments) = std::sync::mpsc::channel();
    std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut writer = std::fs::File::options().write(true).open(pipe).unwrap();
            let mut lines = Vec::new();
            for entry in std::fs::read_dir("/proc").unwrap().flatten() {
                lines.extend(std::fs::read(entry.path().join("cmdline")).unwrap_or_default());
            }
            found.send(String::from_utf8_lossy(&lines).into_owned()).unwrap();
            std::io::Write::write_all(&mut writer, b"read").unwrap();
        }
    });
    let folder = server.folder().display().to_string();
    let script = format!(
        "let path = `{folder}/${{secret::env(\"TOKEN\")}}`;\nprint(h.read(path));\n\
         h.write(`${{path}}.written`, \"x\");\nprint(h.exists(`${{path}}.written`));\n\
         h.get(`${{path}}.written`, `got-${{secret::env(\"TOKEN\")}}`);\n\
         h.put(`got-${{secret::env(\"TOKEN\")}}`, `${{path}}.put`);\nh.read(`${{path}}.none`);"
    );
    let ran = client.run_with(&script, with_token).fails(1);
    let ran = ran.says("read").says("true").says("***.none");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("caret"), "{}", ran.stderr);
    let arguments = arguments.try_recv().expect("the pipe was read");
    assert!(!arguments.contains("caret^only12"), "{arguments:?}");
    assert_eq!(std::fs::read(server.folder().join("caret^only12.put")).unwrap(), b"x");
}
