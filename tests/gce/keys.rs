//! The key to log in with: GCE_PRIVATE_KEY and GCE_PUBLIC_KEY are the two files of one pair.

use std::process::Command;

use serde_json::json;

use crate::gce_server::GceServer;
use crate::guest::{CloudProject, user};

/// Makes a key pair in the project, `NAME` and `NAME.pub`.
fn make_key(project: &CloudProject, name: &str, options: &[&str]) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-C", "me", "-f"]).arg(project.path().join(name)).args(options);
    assert!(command.status().unwrap().success());
}

/// Sets the variables to these files of the project; empty: not set.
fn with_keys(mut project: CloudProject, private: &str, public: &str) -> CloudProject {
    for (variable, name) in [("GCE_PRIVATE_KEY", private), ("GCE_PUBLIC_KEY", public)] {
        project = project.without(variable);
        if !name.is_empty() {
            let path = project.path().join(name).display().to_string();
            project = project.env(variable, &path);
        }
    }
    project
}

/// The lines of the metadata that say who may log in to the first instance.
fn login_keys(server: &GceServer) -> Vec<String> {
    let items = server.calls("instances.insert")[0]["body"]["metadata"]["items"].clone();
    let mut items = items.as_array().unwrap().iter();
    let item = items.find(|item| item["key"] == json!("ssh-keys")).unwrap();
    item["value"].as_str().unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn both_files_of_a_pair_are_one_key() {
    let server = GceServer::start();
    let project = with_keys(server.project(""), "key", "key.pub");
    make_key(&project, "key", &["-t", "ed25519", "-N", ""]);
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
    let public = std::fs::read_to_string(project.path().join("key.pub")).unwrap();
    assert_eq!(login_keys(&server), [format!("{}:{}", user(), public.trim())]);
}

/// A key in PEM form does not show its public half.
#[test]
fn the_public_half_may_be_in_another_folder() {
    let server = GceServer::start();
    let project = with_keys(server.project(""), "key", "public/mine.pub");
    make_key(&project, "key", &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""]);
    project.write("public/.keep", "");
    let (beside, named) = (project.path().join("key.pub"), project.path().join("public/mine.pub"));
    std::fs::rename(&beside, &named).unwrap();
    project.imgctl(&["up", "ssh:true", "destroy"]).succeeds();
    let public = std::fs::read_to_string(&named).unwrap();
    assert_eq!(login_keys(&server), [format!("{}:{}", user(), public.trim())]);
}

#[test]
fn an_unusable_key_is_reported_before_anything_is_made() {
    let server = GceServer::start();
    let mut project = server.project("");
    make_key(&project, "locked", &["-t", "ed25519", "-N", "passphrase"]);
    make_key(&project, "key", &["-t", "ed25519", "-N", ""]);
    make_key(&project, "other", &["-t", "ed25519", "-N", ""]);
    project.write("garbage", "nothing\n");
    let public = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    project.write("several.pub", &(public("key.pub") + &public("other.pub")));
    for (private, public, words, hint) in [
        ("missing", "", "missing does not exist", "name an existing file"),
        ("garbage", "", "is not a usable private key", "name another private key file"),
        ("locked", "", "has a passphrase", "key"),
        ("key", "missing", "missing does not exist", "name an existing file"),
        ("key", "garbage", "contains no public key", "ssh-ed25519"),
        ("key", "several.pub", "contains more than one line", "ssh-ed25519"),
        // The key of someone else would let them in, and imgctl not.
        ("key", "other.pub", "other.pub does not belong to key_file", "set public_key_file"),
        ("", "key.pub", "public_key_file is set, but key_file is not", "set key_file"),
    ] {
        project = with_keys(project, private, public);
        project.imgctl(&["up"]).fails(2).says(words).hints(hint);
    }
    assert!(server.calls("instances.insert").is_empty());
}
