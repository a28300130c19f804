//! Where output and files go: pipes that were closed, a full device, folders and variables that do not
//! serve.

use std::fs::File;
use std::process::Stdio;

use super::table::{Case, all, program};

/// Variables, the words, the exit status, how the error begins, and the place, the cause or the cure.
type Row = (&'static [&'static str], &'static [&'static str], i32, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (&["PATH="], &["run", "-e", "local::run(\"true\")"], 1, "cannot run `true`", "No such file or directory"),
    (&["LANG=xx_YY.ebcdic", "LC_ALL=POSIX"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["TERM=nope"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["TERM=", "COLUMNS=0"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["COLUMNS=x", "NO_COLOR=x"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["HOME="], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["HOME"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["HOME=/dev/null"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["IMGCTL_TRUSTED_PROJECTS=:::"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["TMPDIR=/nowhere"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["RUST_LOG==,=", "RUST_BACKTRACE=full"], &["upp"], 2, "there is no task `upp`", "did you mean `up`?"),
    (&["http_proxy=::::"], &["run", "-e", "http::get(\"http://127.0.0.1:1/\")"], 2, "the variable http_proxy cannot be used", "write http_proxy=http://HOST:PORT"),
    (&["http_proxy=gopher://127.0.0.1:1"], &["run", "-e", "http::get(\"http://127.0.0.1:1/\")"], 2, "the variable http_proxy cannot be used", "write http_proxy=http://HOST:PORT"),
    (&["NO_PROXY=,,*,[", "http_proxy=http://127.0.0.1:1"], &["run", "-e", "http::get(\"http://127.0.0.1:1/\")"], 3, "GET http://127.0.0.1:1/ failed", "any proxy"),
    (&["SSH_AUTH_SOCK=/nowhere"], &["run", "-e", "ssh::connect(\"u@127.0.0.1:1\").run(\"x\")"], 3, "[127.0.0.1] cannot connect to 127.0.0.1:1", "connection refused"),
    (&["SSH_AUTH_SOCK=/dev/null"], &["run", "-e", "ssh::connect(\"u@127.0.0.1:1\").run(\"x\")"], 3, "[127.0.0.1] cannot connect to 127.0.0.1:1", "connection refused"),
];

#[test]
fn odd_surroundings_change_no_message() {
    all(ROWS.iter().map(|&(variables, words, status, error, cure)| Case {
        variables,
        words,
        status,
        error,
        cure,
        ..Case::default()
    }));
}

#[test]
fn init_replaces_nothing() {
    let words = &["init", "--scripts"];
    let (setup, error) = ("touch scripts", "DIR/scripts is in the way");
    let cure = "move it away";
    all([Case { setup, words, status: 2, error, cure, ..Case::default() }]);
}

/// With nobody to read it, and on a device without room.
#[test]
fn output_that_goes_nowhere_is_no_panic() {
    // Whoever reads the first lines only has what they wanted.
    let outputs: [(fn() -> Stdio, i32); 2] = [
        (|| File::options().write(true).open("/dev/full").unwrap().into(), 1),
        (|| std::io::pipe().unwrap().1.into(), 0),
    ];
    let words: [&[&str]; 7] = [
        &["--help"],
        &["list"],
        &["api"],
        &["completions", "bash"],
        &["help"],
        &["run", "-e", "for i in 0..100 { print(i) }"],
        &["--output", "json", "list"],
    ];
    for (output, status) in outputs {
        for words in words {
            let folder = tempfile::tempdir().unwrap();
            let mut command = program(folder.path(), words);
            let ran = command.stdout(output()).stderr(Stdio::piped()).output().unwrap();
            let error = String::from_utf8_lossy(&ran.stderr);
            assert!(!error.contains("panicked"), "{words:?}: {error}");
            assert_eq!(ran.status.code(), Some(status), "{words:?}: {error}");
            let told = error.contains("cannot write to standard output");
            assert_eq!(told, status == 1, "{words:?}: {error}");
        }
    }
}
