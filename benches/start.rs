//! Short commands, as a shell waits for them.

use std::process::Command;

use super::measure::program;
use super::results::{Peer, Results};

fn imgctl(folder: &std::path::Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imgctl"));
    command.args(words).current_dir(folder).env("HOME", folder);
    command
}

pub fn start(results: &mut Results) {
    let project = tempfile::tempdir().unwrap();
    std::fs::write(project.path().join("config.yaml"), "defaults: {cloud: fake}\n").unwrap();
    for words in [
        &["list"][..],
        &["run", "-e", "1"],
        &["completions", "--complete", "bash", "--", "imgctl", "cloud:"],
        &["cloud:fake", "check"],
    ] {
        if !imgctl(project.path(), words).output().unwrap().status.success() {
            println!("left out: imgctl {}", words.join(" "));
            continue;
        }
        let peer = Peer {
            name: "python3 -c pass".to_owned(),
            work: Box::new(|| {
                let mut python = Command::new("python3");
                python.args(["-c", "pass"]);
                program(&python)
            }),
        };
        let ours = || program(&imgctl(project.path(), words));
        results.programs(&format!("`imgctl {}`", words.join(" ")), ours, vec![peer]);
    }
}
