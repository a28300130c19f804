//! `make install`, the manual pages, and the width of the pages of help.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::project::Project;

const COMMANDS: [&str; 12] = [
    "run",
    "list",
    "check",
    "test",
    "api",
    "lsp",
    "init",
    "diff-scripts",
    "gc",
    "matrix",
    "completions",
    "man",
];

#[test]
fn the_program_its_completions_and_its_manual_are_installed() {
    let folder = tempfile::tempdir().unwrap();
    // The umask of a hardened root.
    let output = Command::new("sh")
        .args(["-c", "umask 077; exec make --silent install PREFIX=/usr \"$@\"", "sh"])
        .arg(format!("BINARY={}", env!("CARGO_BIN_EXE_imgctl")))
        .arg(format!("DESTDIR={}", folder.path().display()))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let usr = folder.path().join("usr");
    let version = Command::new(usr.join("bin/imgctl")).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("imgctl "));
    for (file, text) in [
        ("share/bash-completion/completions/imgctl", "complete -F _imgctl"),
        ("share/zsh/site-functions/_imgctl", "#compdef imgctl"),
        ("share/fish/vendor_completions.d/imgctl.fish", "complete --command imgctl"),
        ("share/man/man1/imgctl.1", ".TH imgctl 1"),
        ("share/man/man1/imgctl-gc.1", "older"),
        ("share/man/man1/imgctl-matrix-collect.1", "imgctl matrix collect"),
    ] {
        let found = std::fs::read_to_string(usr.join(file)).unwrap_or_default();
        assert!(found.contains(text), "{file}: {found}");
        for path in Path::new(file).ancestors() {
            let mode = std::fs::metadata(usr.join(path)).unwrap().permissions().mode();
            assert!(mode & 0o044 == 0o044, "{} has mode {mode:o}", path.display());
        }
    }
    for command in COMMANDS {
        let page = usr.join(format!("share/man/man1/imgctl-{command}.1"));
        assert!(page.exists(), "{}", page.display());
    }
}

#[test]
fn the_manual_is_printed_without_a_folder() {
    let project = Project::new();
    project.imgctl(&["man"]).succeeds().says(".TH imgctl 1").says("dry\\-run");
    project.write("file", "");
    project.imgctl(&["man", "file/below"]).fails(1).says("cannot");
}

#[test]
fn no_line_of_help_is_wider_than_80_columns() {
    let project = Project::new();
    let mut pages = vec![vec!["--help"], vec!["-h"]];
    pages.extend(COMMANDS.iter().map(|command| vec![*command, "--help"]));
    pages.push(vec!["matrix", "collect", "--help"]);
    for words in pages {
        let shown = project.imgctl(&words).succeeds().stdout;
        assert!(shown.contains("Usage"), "{words:?}: {shown}");
        for line in shown.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("Makefile").exists());
}
