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
        &["__complete", "1", "imgctl", "cloud:"],
        &["cloud:fake", "check"],
    ] {
        let peer = Peer {
            name: "python3 -c pass".to_owned(),
            work: Box::new(|| {
                // Where there are several, the first in PATH may be a script that looks for the wanted one.
                let system = "/usr/bin/python3";
                let has_system = std::path::Path::new(system).exists();
                let mut python = Command::new(if has_system { system } else { "python3" });
                python.args(["-c", "pass"]);
                program(&python)
            }),
        };
        let ours = || program(&imgctl(project.path(), words));
        results.programs(&format!("`imgctl {}`", words.join(" ")), ours, vec![peer]);
    }
}
