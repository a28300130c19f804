//! The main job, for real: the shipped binary and scripts bake an image in a virtual machine, prove
//! it in a second one, and leave nothing but the image.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs imgctl in the project; what it tells goes to this test's output as it comes.
fn imgctl(project: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(words)
        .current_dir(project)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .unwrap()
}

fn succeeds(project: &Path, words: &[&str]) -> String {
    let output = imgctl(project, words);
    assert!(output.status.success(), "imgctl {words:?} ended with {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Processes of this machine that have the project's folder open or in their words.
fn processes_of(project: &Path) -> Vec<String> {
    let folder = project.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
        .filter(|words| words.contains(&folder))
        .collect()
}

/// Whatever fails, no machine of the test stays.
struct Cleaned<'a>(&'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        if self.0.join(".state.json").exists() {
            imgctl(self.0, &["destroy"]);
        }
    }
}

#[test]
fn an_image_is_baked_proven_and_all_else_removed() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let project = folder.path();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-cache");
    let config = format!(
        "clouds: {{local: {{folder: '{}', cache: '{}'}}}}\n",
        project.join("machines").display(),
        cache.display()
    );
    std::fs::write(project.join("config.yaml"), config).unwrap();
    let _cleaned = Cleaned(project);

    succeeds(project, &["cloud:local", "distribution:debian12", "up", "bootstrap", "tests"]);
    let status = imgctl(project, &["ssh:exit 7"]).status;
    assert_eq!(status.code(), Some(7), "the command's own status is passed on");

    let printed = succeeds(project, &["create_image", "verify_image"]);
    let id = printed.lines().find_map(|line| line.strip_prefix("created server image: "));
    let id = id.expect("the image's id is printed on a line of its own").to_string();

    succeeds(project, &["destroy"]);
    assert!(!project.join(".state.json").exists(), "the state goes last");
    assert_eq!(processes_of(project), Vec::<String>::new());
    let instances = std::fs::read_dir(project.join("machines/instances"));
    assert_eq!(instances.map_or(0, Iterator::count), 0, "no file of an instance is left");

    assert!(succeeds(project, &["list_images"]).contains(&id), "the image is what stays");
    succeeds(project, &[&format!("delete_image:{id}")]);
    assert!(!succeeds(project, &["list_images"]).contains(&id));
}
