//! A matrix for real: two releases of Debian, each plain and with a web server, are baked side by side on
//! this machine, proven in virtual machines, and leave nothing but their images. As root only.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "local/leftovers.rs"]
mod leftovers;
#[path = "support/ran.rs"]
mod ran;

use std::path::Path;
use std::process::{Command, Stdio};

use ran::Ran;
use serde_json::Value;

const COMBINATIONS: [&str; 4] = ["bookworm", "bookworm-web", "trixie", "trixie-web"];

/// Each release has one base for both of its images.
const CONFIG: &str = "
defaults: {cloud: local}
clouds:
  local:
    machine: container
    distributions:
      bookworm: &bookworm {username: admin, base: {mmdebstrap: {suite: bookworm}}}
      bookworm-web: *bookworm
      trixie: &trixie {username: admin, base: {mmdebstrap: {suite: trixie}}}
      trixie-web: *trixie
ci_image:
  nginx: {enabled: false}
  distributions:
    bookworm-web: &web {nginx: {enabled: true}}
    trixie-web: *web
matrix:
  distribution: [bookworm, bookworm-web, trixie, trixie-web]
  jobs_per_cloud: {local: 2}
";

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

/// Destroys the test's machines whatever fails.
struct Cleaned<'a>(&'a Path);

impl Drop for Cleaned<'_> {
    fn drop(&mut self) {
        if self.0.join(".imgctl").exists() {
            imgctl(self.0, &["destroy", "--matrix"]);
        }
    }
}

/// Distribution, id and moment of the proof of each image that the list names.
fn listed(project: &Path) -> Vec<(String, String, bool)> {
    let text = std::fs::read_to_string(project.join("images.json")).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    let text = |image: &Value, key: &str| image[key].as_str().unwrap().to_owned();
    let images = list["images"].as_array().unwrap().iter();
    let mut images: Vec<_> = images
        .map(|it| (text(it, "distribution"), text(it, "id"), it["verified"]["at"].is_string()))
        .collect();
    images.sort();
    images
}

#[test]
fn two_releases_in_two_kinds_are_baked_proven_and_cleaned_up() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: containers need root");
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let project = folder.path();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-cache");
    std::fs::write(project.join("config.yaml"), CONFIG).unwrap();
    let places = format!(
        "--set=clouds.local={{folder: '{}', cache: '{}'}}",
        project.join("machines").display(),
        cache.display()
    );
    let _cleaned = Cleaned(project);

    let baked = imgctl(project, &[&places, "bake"]).succeeds();
    let listed = listed(project);
    let names: Vec<&str> = listed.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, COMBINATIONS, "{baked}");
    for (name, id, is_proven) in &listed {
        assert!(is_proven, "{name} was not verified");
        assert!(baked.stdout.contains(id.as_str()), "{name}: {id} is not in\n{baked}");
    }
    // Each has what its own settings say, and nothing of the others.
    for name in COMBINATIONS {
        let log = project.join(format!(".imgctl/local_{name}/log"));
        let log = std::fs::read_to_string(&log).unwrap_or_else(|error| panic!("{log:?}: {error}"));
        assert_eq!(log.contains("nginx"), name.ends_with("-web"), "{name}:\n{log}");
    }
    leftovers::assert_none(&project.join("machines"), &[]);
    let instances = std::fs::read_dir(project.join("machines/instances"));
    assert_eq!(instances.map_or(0, Iterator::count), 0, "no file of an instance is left");
    for (_, id, _) in &listed {
        imgctl(
            project,
            &[
                &places,
                "--cloud",
                "local",
                "--distribution",
                "trixie",
                &format!("delete_image:{id}"),
            ],
        )
        .succeeds();
    }
}
