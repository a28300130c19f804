//! Where reports are written: told before anything is done if they cannot be.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::project::Project;
use crate::site::{failing, read, run_failing};

#[test]
fn what_cannot_be_written_is_told_before_anything_is_done() {
    let project = Project::new();
    project.write("folder/file", "");
    project.write("here", "");
    project.write("images.json", "{\"version\": 1, \"images\": []}\n");
    project.write(".imgctl/matrix.json", "{\"version\": 1}\n");
    project.write("scripts/mine.rhai", "//! Mine.\n");
    std::os::unix::fs::symlink("config.yaml", project.path().join("link")).unwrap();
    let before = project.everything();
    let cases: &[(&[&str], &str)] = &[
        (&["--report", "nowhere/report.html"], "mkdir -p nowhere"),
        (&["--report", "folder"], "it is a folder"),
        (&["--report", "folder/"], "it is a folder"),
        (&["--report", "new/"], "it is a folder"),
        (&["--report", "."], "it is a folder"),
        (&["--report", ""], "a value is required"),
        (&["--report", "here/report.html"], "cannot write --report"),
        (&["--report", "/dev/null"], "not a regular file"),
        (&["--junit", "/proc/junit.xml"], "cannot write --junit"),
        (&["--report", "one", "--junit", "./folder/../one"], "the same file"),
        (&["--report", "config.yaml"], "would replace the configuration"),
        (&["--report", "link"], "would replace the configuration"),
        (&["--junit", ".state.json"], "would replace the state"),
        (&["--junit", "my.json", "--state", "my.json"], "would replace the state"),
        (&["--report", "images.json"], "would replace images.json, which is not a report"),
        (&["--junit", ".imgctl/matrix.json"], "which is not a report"),
        (&["--report", "scripts/mine.rhai"], "which is not a report"),
    ];
    for (words, said) in cases {
        let ran = project.imgctl(&[&["up"], *words].concat()).fails(2);
        let ran = ran.says(said);
        assert!(ran.calls.is_empty(), "{ran}");
    }
    assert_eq!(project.everything(), before);
    let left = std::fs::read_dir(project.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("report")), "{left:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_the_cause() {
    let project = Project::new();
    project.write("mine", "mine");
    let path = project.path().join("mine");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o200)).unwrap();
    // Root reads it all the same.
    let said = match rustix::process::geteuid().is_root() {
        true => "mine, which is not a report",
        false => "mine, which cannot be read: Permission denied",
    };
    let ran = project.imgctl(&["up", "--report", "mine"]).fails(2);
    ran.says(said).hints("name another file").calls_nothing();
}

#[test]
fn commands_without_tasks_have_no_report() {
    let project = Project::new();
    for words in [&["list", "--report", "r.html"][..], &["check", "--junit", "j.xml"]] {
        project.imgctl(words).fails(2).says("is for tasks");
    }
    project.imgctl(&["run", "-e", "1", "--report", "r.html"]).succeeds();
    assert!(read(&project, "r.html").contains("Done"));
}

/// A report repeats the command line, also where nothing was done.
#[test]
fn a_secret_that_was_typed_is_in_no_report_of_what_was_refused() {
    const SECRET: &str = "vars.api_token=hunter2hunter2";
    let refused: &[&[&str]] = &[
        &["nosuchtask"],
        &["cloud:nowhere", "up"],
        &["up", "--set", "memroy=4GiB"],
        &["up", "--config", "nowhere.yaml"],
        &["run", "nowhere.rhai"],
        &["up", "run", "nowhere.rhai"],
        &["up", "--report", "nowhere/r.html"],
    ];
    for words in refused {
        let project = Project::new();
        let more = ["--set", SECRET, "--junit", "j.xml"];
        let page: &[&str] = if words.contains(&"--report") { &[] } else { &["--report", "r.html"] };
        let ran = project.imgctl(&[*words, &more[..], page].concat());
        assert_ne!(ran.status, 0, "{ran}");
        let ran = ran.never_says("hunter2");
        for name in ["r.html", "j.xml"] {
            let text = std::fs::read_to_string(project.path().join(name)).unwrap_or_default();
            assert!(!text.contains("hunter2"), "{words:?}: {name}:\n{text}\n{ran}");
        }
    }
}

#[test]
fn options_stand_anywhere_and_a_report_is_replaced_whole() {
    let project = Project::new();
    project.write("r.html", "old");
    project.imgctl(&["--report", "r.html", "up", "--junit=j.xml", "destroy"]).succeeds();
    let page = read(&project, "r.html");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(read(&project, "j.xml").starts_with("<?xml"));
    let mode = std::fs::metadata(project.path().join("r.html")).unwrap().permissions().mode();
    assert_eq!(mode & 0o400, 0o400);
}

#[test]
fn without_the_options_nothing_is_written() {
    let project = failing();
    run_failing(&project, &[]);
    let names = std::fs::read_dir(project.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    let reports = names.iter().filter(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".html") || name.ends_with(".xml") || name.contains("report")
    });
    assert_eq!(reports.count(), 0, "{names:?}");
}

#[test]
fn an_interrupted_run_has_a_report_too() {
    let project = Project::new();
    let script =
        "//! Wait.\nstep(\"a long one\", || { print(\"waiting\"); time::sleep(\"1h\"); });\n";
    project.write("scripts/wait.rhai", script);
    let mut process = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(["up", "wait", "--report", "r.html", "--junit", "j.xml"])
        .current_dir(project.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    kill_process(Pid::from_raw(process.id().cast_signed()).unwrap(), Signal::INT).unwrap();
    let mut stderr = String::new();
    process.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130), "{stderr}");
    let page = read(&project, "r.html");
    assert!(page.contains("Interrupted at step “a long one” of wait"), "{page}");
    assert!(read(&project, "j.xml").contains("interrupted"));
}

/// The page of a run of an hour can be opened, too.
#[test]
fn two_thousand_steps_and_endless_output_stay_small() {
    let flood = "- {command: \"^flood\", stdout: \"0123456789abcdef0123456789abcdef0123456789abcdef\"}\n\
                 - {command: \"^much\", stdout: \"MUCH\"}\n";
    let much = (0..20_000).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\\n");
    let project = Project::new().answer(&flood.replace("MUCH", &much));
    // Without an instance nothing is recorded in the state.
    let script = "//! Many.\nfor n in 0..2000 { step(`step ${n}`, || n); }\n";
    project.write("scripts/many.rhai", script);
    let script = "//! Much.\nlet host = cloud::host();\nhost.run(\"much\");\n\
                  for n in 0..100 { host.run(\"flood\"); }\n";
    project.write("scripts/much.rhai", script);
    let words = ["many", "up", "much", "--report", "r.html", "--junit", "j.xml"];
    project.imgctl(&words).succeeds();
    let page = read(&project, "r.html");
    assert!(page.contains("step 1999") && page.contains("line 0\n") && page.contains("line 19999"));
    assert!(page.contains("are left out here"));
    assert!(page.len() < 1_500_000, "{}", page.len());
    assert!(read(&project, "j.xml").contains("step 1999"));
}
