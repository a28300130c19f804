//! Files of other users decide nothing. Giving files away takes root, so other users skip a part.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use crate::project::Project;

const OTHER: u32 = 54_321;

/// True if the file belongs to somebody else now.
fn give_away(path: &Path) -> bool {
    chown(path, Some(OTHER), Some(OTHER)).is_ok()
}

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A project whose task `mine` leaves a mark.
fn project() -> Project {
    let project = Project::new();
    project.write("scripts/mine.rhai", "//! Mine.\nfs::write(\"mark\", \"x\");");
    project.write("stdlib/own.rhai", "fn f() { 1 }");
    project.write("tests/own_test.rhai", "fn test_f() { }");
    project.write("plans/github.yml", "name: x\n");
    project.write("below/keep", "");
    project
}

const COMMANDS: [&[&str]; 6] =
    [&["mine"], &["status"], &["list"], &["check"], &["gc"], &["run", "-e", "1"]];

fn is_refused(project: &Project, why: &str) {
    for words in COMMANDS {
        let below = |command: &mut std::process::Command| {
            command.current_dir(project.path().join("below"));
        };
        let ran = project.imgctl_with_setup(words, below).fails(2);
        ran.says("is not trusted").says(why).hints("IMGCTL_TRUSTED_PROJECTS").calls_nothing();
    }
    assert!(!project.path().join("mark").exists());
}

#[test]
fn a_project_of_another_user_is_refused_for_every_command() {
    for name in [
        "",
        "config.yaml",
        "scripts",
        "stdlib",
        "scripts/mine.rhai",
        "stdlib/own.rhai",
        "tests/own_test.rhai",
        "plans/github.yml",
    ] {
        let project = project();
        if !give_away(&project.path().join(name)) {
            return;
        }
        is_refused(&project, "belongs to another user (uid 54321)");
    }
    // A folder without a configuration is a project as well.
    let project = project();
    std::fs::remove_file(project.path().join("config.yaml")).unwrap();
    give_away(&project.path().join("scripts/mine.rhai"));
    project.imgctl(&["mine"]).fails(2).says("is not trusted");
}

#[test]
fn a_project_that_every_user_can_write_is_refused() {
    for name in ["", "config.yaml", "scripts", "scripts/mine.rhai", "tests", "plans"] {
        let project = project();
        mode(&project.path().join(name), 0o777);
        is_refused(&project, "can be written by every user (mode 0777)");
        project.imgctl(&["mine"]).hints("chmod -R o-w");
    }
    // Nor is one that was begun where new files are everybody's, as in some containers.
    let begun = Project::new();
    let line = "umask 000; \"$0\" init --scripts --full && \"$0\" check && \"$0\" init";
    let ran = std::process::Command::new("sh")
        .args(["-c", line, env!("CARGO_BIN_EXE_imgctl")])
        .current_dir(begun.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    // As in /tmp, where files that are one's own cannot be replaced.
    let project = project();
    mode(project.path(), 0o1777);
    project.imgctl(&["mine"]).succeeds();
}

#[test]
fn a_project_can_be_trusted_and_a_chosen_one_is() {
    let project = project();
    if !give_away(&project.path().join("scripts/mine.rhai")) {
        return;
    }
    let folder = project.path().display().to_string();
    let above = project.path().parent().unwrap().display().to_string();
    for trusted in [folder.clone(), format!("/nowhere:{folder}"), "*".into(), format!("{above}/*")]
    {
        project
            .imgctl_with_setup(&["mine"], |command| {
                command.env("IMGCTL_TRUSTED_PROJECTS", &trusted);
            })
            .succeeds();
    }
    for other in ["", "/nowhere", &format!("{folder}/below"), &above] {
        project
            .imgctl_with_setup(&["mine"], |command| {
                command.env("IMGCTL_TRUSTED_PROJECTS", other);
            })
            .fails(2);
    }
    project.imgctl(&["--config", &format!("{folder}/config.yaml"), "mine"]).succeeds();
    project
        .imgctl_with_setup(&["mine"], |command| {
            command.env("SUDO_UID", OTHER.to_string());
        })
        .succeeds();
}

#[test]
fn a_folder_with_nothing_to_load_may_be_anybodys() {
    let folder = tempfile::tempdir().unwrap();
    give_away(folder.path());
    let words = ["run", "-e", "print(1 + 1)"];
    let here = |command: &mut std::process::Command| {
        command.current_dir(folder.path());
    };
    Project::new().imgctl_with_setup(&words, here).succeeds().says("2\n");
}

#[test]
fn a_state_file_that_others_wrote_or_can_write_is_refused() {
    let project = Project::new();
    project.imgctl(&["up"]).succeeds();
    let state = project.path().join(".state.json");
    for open in [0o666, 0o620, 0o602] {
        mode(&state, open);
        for words in [&["destroy"][..], &["status"], &["gc"]] {
            project.imgctl(words).fails(2).says("other users can write it").hints("chmod 600");
        }
    }
    mode(&state, 0o600);
    if give_away(&state) {
        for words in [&["destroy"][..], &["status"], &["gc"]] {
            let ran = project.imgctl(words).fails(2).calls_nothing();
            ran.says("belongs to another user (uid 54321)").hints("--state");
        }
        let named = state.display().to_string();
        project.imgctl(&["--state", &named, "status"]).succeeds();
    }
    assert!(!project.debris().is_empty(), "nothing was destroyed");
}

#[test]
fn a_lock_that_is_no_file_of_its_own_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "precious").unwrap();
    let missing = folder.path().join("missing");
    let project = Project::new();
    let lock = project.path().join(".state.json.lock");
    let cases: [(&str, &dyn Fn()); 5] = [
        ("it is a link", &|| symlink(&precious, &lock).unwrap()),
        ("it is a link", &|| symlink(&missing, &lock).unwrap()),
        ("not a regular file", &|| {
            let made = std::process::Command::new("mkfifo").arg(&lock).status().unwrap();
            assert!(made.success());
        }),
        ("a hard link", &|| {
            let other = project.path().join("other");
            std::fs::write(&other, "precious").unwrap();
            std::fs::hard_link(&other, &lock).unwrap();
        }),
        ("then remove it: rm -r", &|| std::fs::create_dir(&lock).unwrap()),
    ];
    for (why, put) in cases {
        put();
        let ran = project.imgctl(&["up"]).fails(2).calls_nothing();
        assert!(ran.stderr.to_lowercase().contains(why), "{why}: {ran}");
        let _ = std::fs::remove_file(&lock);
        let _ = std::fs::remove_dir(&lock);
    }
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
    assert!(!missing.exists());
    project.imgctl(&["up"]).succeeds();
}

#[test]
fn a_temporary_state_file_that_is_a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "precious").unwrap();
    let project = Project::new();
    symlink(&precious, project.path().join(".state.json.tmp")).unwrap();
    project.imgctl(&["up"]).succeeds();
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
}

#[test]
fn a_key_that_nobody_could_log_in_with_is_found_before_anything_is_started() {
    let project = Project::new();
    let path = |name: &str| project.path().join(name).display().to_string();
    let keygen = |words: &[&str]| {
        assert!(std::process::Command::new("ssh-keygen").args(words).status().unwrap().success());
    };
    for (name, phrase) in [("open", ""), ("locked", "open sesame")] {
        keygen(&["-q", "-t", "ed25519", "-N", phrase, "-f", &path(name)]);
    }
    keygen(&["-q", "-t", "rsa", "-m", "PEM", "-N", "open sesame", "-f", &path("old")]);
    keygen(&["-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", &path("cut")]);
    let text = std::fs::read_to_string(path("cut")).unwrap();
    project.write("cut", &text.replacen(&text[100..200], "", 1));
    let text = std::fs::read_to_string(path("open")).unwrap();
    project.write("half", &text[..text.len() / 2]);
    std::fs::copy(path("open.pub"), path("half.pub")).unwrap();
    project.write("text", "no key\n");
    std::fs::copy(path("open.pub"), path("text.pub")).unwrap();
    std::fs::copy(path("open"), path("other")).unwrap();
    std::fs::copy(path("locked.pub"), path("other.pub")).unwrap();
    for (name, why) in [
        ("locked", "has a passphrase"),
        ("old", "has a passphrase"),
        ("cut", "is not a usable private key"),
        ("half", "is not a usable private key"),
        ("text", "is not a usable private key"),
        ("open.pub", "is not a usable private key"),
        ("other", "other.pub does not belong to"),
        ("missing", "does not exist"),
    ] {
        let ran = project.imgctl(&["--set", &format!("key_file={name}"), "up"]).fails(2).says(why);
        assert_eq!(ran.done("create").count(), 0, "{ran}");
        assert!(project.debris().is_empty(), "{name}");
        project.imgctl(&["destroy"]);
    }
    project.imgctl(&["--set", "key_file=open", "up"]).succeeds();
}

#[test]
fn names_for_the_programs_that_build_a_base_are_never_options() {
    let project = Project::new();
    for (key, value) in [
        ("suite", "--customize-hook=touch mark"),
        ("suite", "bookworm trixie"),
        ("suite", ""),
        ("components", "[main, \"--x\"]"),
        ("packages", "[\"git\", \"-oDir=/\"]"),
        ("packages", "[\"git,curl\"]"),
        ("kernel", "\"a b\""),
        ("mirror", "\"http://m/debian x\\ndeb [trusted=yes] http://evil\""),
        ("mirror", "--aptopt=x"),
        ("security", "\"[trusted=yes] http://m/debian\""),
    ] {
        let suite = if key == "suite" { "" } else { "suite: bookworm, " };
        let value = if key == "suite" { format!("{value:?}") } else { value.to_string() };
        let config = format!(
            "clouds: {{local: {{distributions: {{debian12: {{base: {{mmdebstrap: {{{suite}{key}: \
             {value}}}}}}}}}}}}}\n"
        );
        project.write("config.yaml", &config);
        for words in [&["check", "--cloud", "local"][..], &["cloud:local", "up"]] {
            project.imgctl(words).fails(2).says(&format!("`{key}`"));
        }
    }
}
