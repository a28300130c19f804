//! The main job: the shipped binary and scripts bake an image in a virtual machine, verify it in a
//! second one, and leave nothing but the image.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/ran.rs"]
mod ran;

use std::path::Path;
use std::process::{Command, Stdio};

use ran::Ran;

/// Runs imgctl in the project.
fn imgctl(project: &Path, words: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_imgctl"))
        .args(words)
        .current_dir(project)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let ran = Ran::new(words, output);
    // Shown when the test fails.
    println!("{ran}");
    ran
}

/// Processes with the project's folder on their command line.
fn processes_of(project: &Path) -> Vec<String> {
    let folder = project.display().to_string();
    let entries = std::fs::read_dir("/proc").unwrap();
    entries
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
        .filter(|words| words.contains(&folder))
        .collect()
}

/// Destroys the test's machines whatever fails.
struct Cleaned<'a>(&'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        if self.0.join(".state.json").exists() {
            imgctl(self.0, &["destroy"]);
        }
    }
}

#[test]
fn an_image_is_baked_and_verified_and_all_else_is_removed() {
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

    imgctl(project, &["cloud:local", "distribution:debian12", "up", "bootstrap", "tests"])
        .succeeds();
    // The command's own status is passed on.
    imgctl(project, &["ssh:exit 7"]).fails(7);

    let baked = imgctl(project, &["create_image", "verify_image"]).succeeds();
    let id = baked.announced().pop_first().unwrap();

    imgctl(project, &["destroy"]).succeeds();
    assert!(!project.join(".state.json").exists(), "the state goes last");
    assert_eq!(processes_of(project), Vec::<String>::new());
    let instances = std::fs::read_dir(project.join("machines/instances"));
    assert_eq!(instances.map_or(0, Iterator::count), 0, "no file of an instance is left");

    imgctl(project, &["list_images"]).succeeds().says(&id);
    imgctl(project, &[&format!("delete_image:{id}")]).succeeds();
    imgctl(project, &["list_images"]).succeeds().never_says(&id);
}
