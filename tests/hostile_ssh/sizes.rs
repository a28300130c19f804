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
