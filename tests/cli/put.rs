//! Copies of files and folders: nothing is copied twice, and a mirror deletes.

use crate::project::{Project, Ran};

fn project() -> Project {
    let project = Project::new();
    for name in ["conf/a", "conf/deep/b", "conf/deep/c"] {
        project.write(name, name);
    }
    project.imgctl(&["up"]).succeeds();
    project
}

/// Runs a call of `put`; `true` or `false`, and what it did.
fn put(project: &Project, words: &[&str], arguments: &str) -> Ran {
    let code = format!("print(cloud::host().put({arguments}));");
    project.imgctl(&[words, &["run", "-e", &code]].concat())
}

fn changes(ran: &Ran) -> Vec<&str> {
    let calls = ran.calls.iter().filter_map(|call| call.strip_prefix("ssh build "));
    calls.filter(|call| call.starts_with("put") || call.starts_with("sudo")).collect()
}

#[test]
fn what_is_there_already_is_not_copied() {
    let project = project();
    let folder = "\"conf\", \"/etc/conf\", #{ sudo: true }";
    let file = "\"conf/a\", \"/etc/a\", #{ sudo: true, mode: \"0600\" }";
    for arguments in [folder, file] {
        let first = put(&project, &[], arguments).succeeds();
        assert_eq!((&*first.stdout, changes(&first).len()), ("true\n", 1), "{first}");
        let second = put(&project, &[], arguments).succeeds();
        assert_eq!((&*second.stdout, changes(&second).len()), ("false\n", 0), "{second}");
    }
    let other_mode = put(&project, &[], &file.replace("0600", "0644")).succeeds();
    assert_eq!(other_mode.stdout, "true\n");
    project.write("conf/deep/c", "new");
    let ran = put(&project, &["--dry-run"], folder).succeeds();
    assert_eq!((&*ran.stdout, changes(&ran).len()), ("true\n", 0));
    ran.says("would copy conf to /etc/conf").says(", 1 of 5 differ");
    assert_eq!(put(&project, &[], folder).succeeds().stdout, "true\n");
    assert_eq!(put(&project, &["--dry-run"], folder).succeeds().stdout, "false\n");
}

#[test]
fn a_mirror_deletes_what_is_gone_and_a_copy_does_not() {
    let project = project();
    put(&project, &[], "\"conf\", \"/etc/conf\", #{ sudo: true }").succeeds();
    for name in ["deep/b", "deep/c"] {
        std::fs::remove_file(project.path().join("conf").join(name)).unwrap();
    }
    std::fs::remove_dir(project.path().join("conf/deep")).unwrap();
    assert_eq!(put(&project, &[], "\"conf\", \"/etc/conf\", #{ sudo: true }").stdout, "false\n");
    let mirror = "\"conf\", \"/etc/conf\", #{ sudo: true, mirror: true }";
    let before = project.everything();
    let ran = put(&project, &["--dry-run"], mirror).succeeds();
    assert_eq!(ran.stdout, "true\n");
    ran.says("would delete /etc/conf/deep on ").never_says("deep/b").never_says("would copy");
    assert_eq!(project.everything(), before);
    let ran = put(&project, &[], mirror).succeeds();
    assert_eq!((&*ran.stdout, changes(&ran)), ("true\n", vec!["sudo: rm -rf -- /etc/conf/deep"]));
    assert_eq!(put(&project, &[], mirror).succeeds().stdout, "false\n");
    // A file in the place of a folder, and the other way round.
    std::fs::remove_file(project.path().join("conf/a")).unwrap();
    project.write("conf/a/b", "");
    assert_eq!(put(&project, &[], mirror).succeeds().stdout, "true\n");
    assert_eq!(put(&project, &[], mirror).succeeds().stdout, "false\n");
}

#[test]
fn what_a_mirror_would_ruin_is_refused_before_anything_is_done() {
    let project = project();
    for (arguments, message, hint) in [
        (
            "\"conf\", \"/etc/\", #{ mirror: true }",
            "/etc/ cannot be mirrored to",
            "a folder inside",
        ),
        ("\"conf\", \"/./etc\", #{ mirror: true }", "/./etc cannot be mirrored to", "inside"),
        ("\"conf\", \"/srv/../etc\", #{ mirror: true }", "not an absolute path", "whole path"),
        ("\"conf\", \"conf\", #{ mirror: true }", "not an absolute path", "whole path"),
        ("\"conf/a\", \"/srv/a\", #{ mirror: true }", "conf/a is not a folder", "omit `mirror`"),
        ("\"conf\", \"/srv/a\", #{ miror: true }", "put has no option `miror`", "`mirror`"),
        ("\"conf\", \"/srv/a\", #{ mode: \"9\" }", "`9` is not a file mode", "octal"),
    ] {
        put(&project, &[], arguments).fails(2).says(message).hints(hint).calls_nothing();
    }
    put(&project, &[], "\"none\", \"/srv/a\"").fails(1).says("there is no file").calls_nothing();
}
