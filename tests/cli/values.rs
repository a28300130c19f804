//! What scripts do with texts, bytes and paths.

use crate::project::Project;

/// Each line of the code is an expression, and each line of the output what it gives.
fn prints(project: &Project, lines: &[(&str, &str)]) {
    let code: String = lines.iter().map(|(code, _)| format!("print({code});\n")).collect();
    let ran = project.imgctl(&["run", "-e", &code]).succeeds().calls_nothing();
    let found: Vec<&str> = ran.stdout.lines().collect();
    for ((code, expected), found) in lines.iter().zip(&found) {
        assert_eq!(found, expected, "{code}");
    }
    assert_eq!(found.len(), lines.len(), "{ran}");
}

/// Each call is refused with this message and hint.
fn refuses(project: &Project, status: i32, lines: &[(&str, &str, &str)]) {
    for (code, message, hint) in lines {
        let ran = project.imgctl(&["run", "-e", code]).fails(status).calls_nothing();
        let ran = ran.says(&format!("error: {message}"));
        if !hint.is_empty() {
            ran.hints(hint);
        }
    }
}

#[test]
fn lists_are_joined() {
    let project = Project::new();
    prints(
        &project,
        &[
            (r#"["a", 'b', 1, 2.5].join(", ")"#, "a, b, 1, 2.5"),
            (r#"["a", "b"].join("")"#, "ab"),
            (r#"[].join(", ") + "nothing""#, "nothing"),
        ],
    );
    refuses(
        &project,
        2,
        &[
            (r#"["a", ()].join("")"#, "item 1 of this array is nothing, which join", "`map`"),
            (r#"[["a"]].join("")"#, "item 0 of this array is a list", ""),
            (r#"[true].join("")"#, "item 0 of this array is true or false", ""),
            (r#"["a"].join()"#, "`join` does not take 0 arguments", ""),
        ],
    );
}

#[test]
fn patterns_find_replace_and_split() {
    let project = Project::new();
    prints(
        &project,
        &[
            (r"regex::test(`^\d+$`, `42`)", "true"),
            (r"regex::test(`^\d+$`, `42a`)", "false"),
            (r"regex::find(`(\w+)=(\d+)?`, `a= b=2`)", r#"["a=", "a", ()]"#),
            (r"regex::find(`x`, `abc`) == ()", "true"),
            (r"regex::find_all(`\w=(\d)`, `a=1 b=2`)", r#"[["a=1", "1"], ["b=2", "2"]]"#),
            (r"regex::find_all(`x`, `abc`)", "[]"),
            (r#"regex::replace(`(\w)(\d)`, `a1 b2`, "$2${1}x")"#, "1ax 2bx"),
            (r"regex::replace(`\$`, `5$`, `$$$$`)", "5$$"),
            (r"regex::split(`\s+`, `a  b c`)", r#"["a", "b", "c"]"#),
            (r"regex::split(`,`, ``)", r#"[""]"#),
            (r"regex::test(regex::escape(`a.b*`), `xa.b*x`)", "true"),
            (r"regex::test(`^` + regex::escape(`a.b`), `axb`)", "false"),
        ],
    );
    refuses(
        &project,
        2,
        &[
            ("regex::test(`(`, ``)", "`(` is not a regular expression", "regex::escape"),
            ("regex::split(`a{2,1}`, ``)", "`a{2,1}` is not a regular expression", ""),
            ("regex::tets(`a`, ``)", "there is no function `regex::tets`", "did you mean `test`?"),
        ],
    );
}

#[test]
fn bytes_go_through_base64_and_have_checksums() {
    let project = Project::new();
    project.write("files/a b", "text\n");
    prints(
        &project,
        &[
            ("base64::encode(`h\u{e9}`)", "aMOp"),
            ("base64::decode(`aMO\n p`)", "h\u{e9}"),
            ("base64::decode_bytes(`/+8`).len()", "2"),
            ("base64::encode(base64::decode_bytes(`/+8=`))", "/+8="),
            ("base64::encode(``) + `|`", "|"),
            (
                "sha256::text(`abc`)",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            ("sha256::text(`abc`) == sha256::text(base64::decode_bytes(`YWJj`))", "true"),
            ("sha256::file(`files/a b`) == sha256::text(`text\n`)", "true"),
        ],
    );
    refuses(
        &project,
        1,
        &[
            ("base64::decode(`/+8=`)", "the decoded bytes are not UTF-8 text", "decode_bytes"),
            ("base64::decode(`!`)", "this is not valid base64", ""),
            ("sha256::file(`none`)", "cannot read", ""),
        ],
    );
}

#[test]
fn paths_are_matched_as_a_shell_does() {
    let project = Project::new();
    for name in [
        "files/b.txt",
        "files/a.txt",
        "files/.hidden.txt",
        "files/.git/d.txt",
        "files/deep/c.txt",
        "odd[1]/x",
    ] {
        project.write(name, "");
    }
    std::os::unix::fs::symlink("..", project.path().join("files/deep/back")).unwrap();
    std::os::unix::fs::symlink("none", project.path().join("files/dangling")).unwrap();
    prints(
        &project,
        &[
            ("fs::glob(`files/*.txt`)", r#"["files/a.txt", "files/b.txt"]"#),
            ("fs::glob(`files/.*.txt`)", r#"["files/.hidden.txt"]"#),
            ("fs::glob(`files/**/*.txt`)", r#"["files/a.txt", "files/b.txt", "files/deep/c.txt"]"#),
            ("fs::glob(`./files//deep/*.txt`)", r#"["files/deep/c.txt"]"#),
            ("fs::glob(`files/*/`)", r#"["files/deep"]"#),
            ("fs::glob(`files/**`)", r#"["files", "files/deep"]"#),
            ("fs::glob(`files/**/**/c*`)", r#"["files/deep/c.txt"]"#),
            ("fs::glob(`files/.g*/*`)", r#"["files/.git/d.txt"]"#),
            ("fs::glob(`files/../odd*/[!y]`)", r#"["files/../odd[1]/x"]"#),
            ("fs::glob(`files/none`) + fs::glob(`files/a.txt/*`) + fs::glob(``)", "[]"),
            ("fs::glob(`odd[[]1]/*`)", r#"["odd[1]/x"]"#),
            ("fs::glob(`none*`)", "[]"),
            ("fs::glob(`**/x`)", r#"["odd[1]/x"]"#),
            ("fs::glob(`/bin/s[h]`)", r#"["/bin/sh"]"#),
            ("path::join(path::folder(`/etc/a.conf`), path::name(`/tmp/b.gz`))", "/etc/b.gz"),
        ],
    );
    refuses(&project, 2, &[("fs::glob(`a[`)", "`a[` is not a pattern of paths", "")]);
}

/// A name with another text in place of its bytes would be that of no file.
#[test]
fn a_name_that_is_not_utf_8_is_an_error_that_shows_it() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new();
    project.write("files/a.txt", "");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.conf");
    std::fs::write(project.path().join("files").join(name), "").unwrap();
    let shown = r"the name `caf\xe9.conf` is not UTF-8";
    refuses(&project, 1, &[("fs::list(`files`)", shown, "rename it")]);
    let shown = r"the name `files/caf\xe9.conf` is not UTF-8";
    refuses(
        &project,
        1,
        &[
            ("fs::glob(`files/*.conf`)", shown, "rename it"),
            ("fs::glob(`**/caf?.c*`)", shown, "rename it"),
        ],
    );
    // One that is not asked for does no harm.
    prints(&project, &[("fs::glob(`files/*.txt`)", r#"["files/a.txt"]"#)]);
    let folder = project.path().join(std::ffi::OsStr::from_bytes(b"\xe9t\xe9"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("inside.txt"), "").unwrap();
    let shown = r"the name `\xe9t\xe9/inside.txt` is not UTF-8";
    refuses(&project, 1, &[("fs::glob(`*/in*`)", shown, ""), ("fs::glob(`**/*.txt`)", shown, "")]);
    prints(&project, &[("fs::glob(`*/*.c`)", "[]")]);
}

/// What is beside the change survives it, in any order of calls.
#[test]
fn a_remote_file_that_is_not_text_can_be_edited() {
    let project = Project::new();
    project.write("local", "");
    std::fs::write(project.path().join("local"), b"name=caf\xe9\nport=1\n\xef\x9e\x80").unwrap();
    project.imgctl(&["up"]).succeeds();
    let code = "let host = cloud::host();
host.put(\"local\", \"/etc/old.conf\", #{ sudo: true });
let text = host.read(\"/etc/old.conf\", #{ sudo: true, keep_bytes: true });
let how = #{ sudo: true, keep_bytes: true };
print(host.write(\"/etc/old.conf\", text, how));
text.replace(\"port=1\", \"port=2\");
print(host.write(\"/etc/old.conf\", text, how));
host.get(\"/etc/old.conf\", \"back\");";
    let ran = project.imgctl(&["run", "-e", code]).succeeds();
    assert_eq!(ran.stdout, "false\ntrue\n");
    let back = std::fs::read(project.path().join("back")).unwrap();
    assert_eq!(back, b"name=caf\xe9\nport=2\n\xef\x9e\x80");
    let code = "cloud::host().read(\"/etc/old.conf\")";
    let ran = project.imgctl(&["run", "-e", code]).fails(1);
    ran.says("/etc/old.conf is not UTF-8 text").hints("keep_bytes: true");
}
