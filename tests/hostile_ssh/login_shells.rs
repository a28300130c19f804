//! Login shells that print, and that are not `sh`.

use std::path::Path;

use crate::client::Client;
use crate::sshd::Sshd;

/// A server whose login shell does this with `$SSH_ORIGINAL_COMMAND`.
fn with_login_shell(line: &str) -> (Sshd, Client) {
    let server = Sshd::with(&[&format!("ForceCommand {line}")]);
    let client = Client::of_sshd(&server);
    (server, client)
}

/// Everything that can be done with files and commands, and a text in which shells differ.
const EVERYTHING: &str = r#"
let nasty = "it's \"two\" \\lines! $HOME `id` 100% \\n\nlast ü";
print(`wrote ${h.write("FOLDER/written", nasty)}`);
print(`again ${h.write("FOLDER/written", nasty)}`);
if h.read("FOLDER/written") != nasty { throw "other text"; }
print(`put ${h.put("local", "FOLDER/put")}`);
print(`tree ${h.put("folder", "FOLDER/tree")}`);
print(`same ${h.put("folder", "FOLDER/tree")}`);
h.get("FOLDER/put", "back");
h.get("FOLDER/tree", "tree-back");
if h.run(["printf", "%s", nasty]).stdout != nasty { throw "other output"; }
let script = "cat <<'X'\nin 'quotes' \\ and $HOME!\nX\nexit 3";
let result = h.query(script);
print(`${result.status}: ${result.stdout}`);
print(`env ${h.run("printf '%s %s' \"$A\" $PWD", #{ env: #{ A: nasty }, cwd: "/usr" }).stdout == `${nasty} /usr`}`);
print(`secret ${h.run("printf %s \"$A\"", #{ env: #{ A: nasty }, secret: true }).stdout == nasty}`);
print(`stdin ${h.run("cat", #{ stdin: nasty }).stdout == nasty}`);
print(`test ${h.test("exit 1")} ${h.exists("FOLDER/put")} ${h.exists("FOLDER/none")}`);
print(`stderr <${h.query("echo e >&2").stderr}>`);
"#;

const SAID: [&str; 11] = [
    "wrote true",
    "again false",
    "put true",
    "tree true",
    "same false",
    "3: in 'quotes' \\ and $HOME!",
    "env true",
    "secret true",
    "stdin true",
    "test false true false",
    "stderr <e>",
];

fn do_everything(server: &Sshd, client: &Client) -> crate::ran::Ran {
    let there = server.folder().join("there");
    std::fs::create_dir(&there).unwrap();
    std::fs::write(client.path().join("local"), b"any \xff\x00 bytes").unwrap();
    std::fs::create_dir(client.path().join("folder")).unwrap();
    std::fs::write(client.path().join("folder/file"), "in a tree").unwrap();
    let ran = client.run(&EVERYTHING.replace("FOLDER", there.to_str().unwrap())).succeeds();
    let ran = SAID.iter().fold(ran, |ran, text| ran.says(text));
    for (file, contents) in [("back", &b"any \xff\x00 bytes"[..]), ("tree-back/file", b"in a tree")]
    {
        assert_eq!(std::fs::read(client.path().join(file)).unwrap(), contents);
    }
    ran
}

#[test]
fn everything_works_whatever_the_login_shell_is() {
    for shell in ["sh", "bash", "fish", "tcsh", "zsh"] {
        if !["/bin", "/usr/bin"].iter().any(|folder| Path::new(folder).join(shell).exists()) {
            println!("skipped: {shell} is not installed");
            continue;
        }
        println!("{shell}");
        let (server, client) =
            with_login_shell(&format!("exec {shell} -c \"$SSH_ORIGINAL_COMMAND\""));
        do_everything(&server, &client).never_says("login shell");
    }
}

#[test]
fn what_a_login_shell_prints_is_left_out_and_told_once() {
    let greeting = "echo hello from bashrc; printf 'and a warning' >&2";
    let (server, client) = with_login_shell(&format!("{greeting}; eval \"$SSH_ORIGINAL_COMMAND\""));
    let ran = do_everything(&server, &client).never_says("<hello");
    let warnings = ran.stderr.matches("the login shell prints text").count();
    assert_eq!(warnings, 1, "{ran}");
    ran.says("hello from bashrc");
}

/// What is read and written is the file's alone, and one warning tells what cannot be told apart.
#[test]
fn a_login_shell_that_makes_one_stream_of_both_adds_nothing() {
    let (server, client) = with_login_shell("exec 2>&1; eval \"$SSH_ORIGINAL_COMMAND\"");
    let file = server.folder().join("hosts");
    std::fs::write(&file, "old\n").unwrap();
    std::fs::write(client.path().join("local"), "any").unwrap();
    let script = format!(
        "import \"std/file\" as file;\nprint(h.read({file:?}).len()); file::line(h, {file:?}, \"new\");
         h.put(\"local\", \"{0}\"); h.get(\"{0}\", \"back\"); print(h.query(\"echo a; echo b >&2\").stdout);",
        server.folder().join("put").display(),
    );
    let ran = client.run(&script).succeeds().says("4\na\nb\n");
    assert_eq!(std::fs::read(&file).unwrap(), b"old\nnew\n");
    assert_eq!(std::fs::read(client.path().join("back")).unwrap(), b"any");
    let warnings = ran.stderr.matches("sends standard error to standard output").count();
    assert_eq!(warnings, 1, "{ran}");
}

#[test]
fn a_line_is_added_without_the_greeting() {
    let (server, client) =
        with_login_shell("echo hello; printf garbage; eval \"$SSH_ORIGINAL_COMMAND\"");
    let file = server.folder().join("hosts");
    std::fs::write(&file, b"old caf\xe9\n").unwrap();
    let script = format!(
        "import \"std/file\" as file;\nprint(`${{file::line(h, {file:?}, \"new\")}} ${{file::line(h, \
         {file:?}, \"new\")}}`);"
    );
    client.run(&script).succeeds().says("true false");
    assert_eq!(std::fs::read(&file).unwrap(), b"old caf\xe9\nnew\n");
}

#[test]
fn a_login_shell_that_runs_nothing_is_named() {
    for (line, status, said) in [
        ("echo 'Please login as the user admin'; exit 142", 1, "Please login as the user admin"),
        ("echo 'This account is currently not available.'; exit 1", 1, "currently not available"),
        ("true", 3, "is not known"),
    ] {
        let (_server, client) = with_login_shell(line);
        for script in
            ["print(`got ${h.test(\"true\")}`);", "print(`got ${h.write(\"/x\", \"\")}`);"]
        {
            let ran = client.run(script).fails(status).says(said);
            assert!(!ran.stdout.contains("got"), "{ran}");
        }
    }
}

#[test]
fn a_greeting_without_end_is_refused() {
    let (_server, client) = with_login_shell("yes greeting");
    client.run("h.query(\"true\");").fails(1).says("prints more than 64 KiB").says("greeting");
}
