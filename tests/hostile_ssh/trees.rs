//! Trees and paths that lead elsewhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::client::Client;
use crate::sshd::Sshd;

#[test]
fn nothing_is_written_through_a_link_that_an_earlier_copy_has_brought() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let tree = server.folder().join("tree");
    let victim = client.path().join("victim");
    for folder in [&tree, &tree.join("deep"), &victim] {
        fs::create_dir(folder).unwrap();
    }
    symlink(&victim, tree.join("sub")).unwrap();
    symlink(&victim, tree.join("deep/sub")).unwrap();
    let get = format!("h.get({tree:?}, \"copy\");");
    client.run(&get).succeeds();
    assert!(client.path().join("copy/sub").is_symlink());
    for link in ["sub", "deep/sub"] {
        fs::remove_file(tree.join(link)).unwrap();
        fs::create_dir(tree.join(link)).unwrap();
        fs::write(tree.join(link).join("authorized_keys"), "evil").unwrap();
    }
    client.run(&get).succeeds();
    assert_eq!(fs::read_dir(&victim).unwrap().count(), 0);
    let copied = client.path().join("copy/deep/sub/authorized_keys");
    assert_eq!(fs::read_to_string(copied).unwrap(), "evil");
    // The top level is the user's own word.
    symlink("copy", client.path().join("link")).unwrap();
    client.run(&format!("h.get({tree:?}, \"link\");")).succeeds();
    assert!(client.path().join("link").is_symlink());
}

#[test]
fn a_stream_that_leaves_its_folder_is_refused() {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive.append_link(&mut header, "sub", "../../victim").unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_size(4);
    header.set_mode(0o644);
    archive.append_data(&mut header, "sub/file", &b"evil"[..]).unwrap();
    let bytes = archive.into_inner().unwrap();

    let programs = tempfile::tempdir().unwrap();
    fs::write(programs.path().join("archive"), bytes).unwrap();
    let tar = format!("#!/bin/sh\nexec cat {}\n", programs.path().join("archive").display());
    fs::write(programs.path().join("tar"), tar).unwrap();
    fs::set_permissions(programs.path().join("tar"), fs::Permissions::from_mode(0o755)).unwrap();
    let server = Sshd::with(&[&format!("SetEnv PATH={}:/usr/bin:/bin", programs.path().display())]);
    let client = Client::of_sshd(&server);
    fs::create_dir(client.path().join("victim")).unwrap();
    client.run("h.get(\"/usr\", \"copy\");").fails(1);
    assert_eq!(fs::read_dir(client.path().join("victim")).unwrap().count(), 0);
    assert!(!client.path().join("copy").exists());
}

#[test]
fn modes_of_what_was_copied_are_those_that_the_umask_allows() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    let tree = server.folder().join("tree");
    fs::create_dir(&tree).unwrap();
    for (name, mode) in [("open", 0o666), ("private", 0o600), ("program", 0o777)] {
        fs::write(tree.join(name), "").unwrap();
        fs::set_permissions(tree.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let one = tree.join("open");
    // Its umask is that of the tests.
    client.run(&format!("h.get({tree:?}, \"copy\"); h.get({one:?}, \"one\");")).succeeds();
    let mode =
        |name: &str| fs::metadata(client.path().join(name)).unwrap().permissions().mode() & 0o777;
    fs::write(client.path().join("probe"), "").unwrap();
    let open = mode("probe");
    assert_eq!([mode("one"), mode("copy/open"), mode("copy/private")], [open, open, 0o600]);
    assert_eq!(mode("copy/program") & 0o022, mode("probe") & 0o022);
}

#[test]
fn a_tilde_is_the_home_folder_and_a_dash_is_no_option() {
    let server = Sshd::start();
    let client = Client::of_sshd(&server);
    fs::write(client.path().join("local"), "text").unwrap();
    fs::create_dir(client.path().join("folder")).unwrap();
    fs::write(client.path().join("folder/file"), "in a tree").unwrap();
    // The server sets HOME to its folder.
    let script = r#"
for path in ["~/a file", "-dashed", "~/-x"] {
    print(`put ${h.put("local", path)} ${h.put("local", path)}`);
    print(`read ${h.read(path)} ${h.exists(path)}`);
    print(`write ${h.write(path, "other")} ${h.write(path, "other")}`);
    h.get(path, "back");
}
for path in ["~/tree", "-tree"] {
    print(`tree ${h.put("folder", path)} ${h.put("folder", path)}`);
    h.get(path, "tree-back");
}
h.put("local", "~/");
print(`in ${h.exists("~/local")} ${h.exists("~/none")}`);
h.run("rm -rf ./-dashed ./-tree");
"#;
    let ran = client.run(script).succeeds();
    for (text, count) in [
        ("put true false", 3),
        ("read text true", 3),
        ("write true false", 3),
        ("tree true false", 2),
    ] {
        assert_eq!(ran.stdout.matches(text).count(), count, "{text}: {ran}");
    }
    ran.says("in true false");
    assert_eq!(fs::read_to_string(server.folder().join("a file")).unwrap(), "other");
    assert_eq!(fs::read_to_string(server.folder().join("tree/file")).unwrap(), "in a tree");
    assert_eq!(fs::read_to_string(client.path().join("back")).unwrap(), "other");
}

/// The name of a file may be longer than its header holds: it comes before it, with its length.
#[test]
fn a_name_without_end_is_refused() {
    let programs = tempfile::tempdir().unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    fs::write(programs.path().join("header"), header.as_bytes()).unwrap();
    let sent = programs.path().join("header").display().to_string();
    let tar = format!("#!/bin/sh\ncat {sent}\nexec head -c 64M /dev/zero\n");
    fs::write(programs.path().join("tar"), tar).unwrap();
    fs::set_permissions(programs.path().join("tar"), fs::Permissions::from_mode(0o755)).unwrap();
    let server = Sshd::with(&[&format!("SetEnv PATH={}:/usr/bin:/bin", programs.path().display())]);
    let client = Client::of_sshd(&server);
    client.run("h.get(\"/usr\", \"copy\");").fails(1).says("too long");
    assert!(!client.path().join("copy").exists());
}
