//! Files and folders: complete or absent, with mode and owner.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use imgctl::Code;
use imgctl::ssh::PutOptions;

use super::sshd::{Sshd, user};
use super::world::{connect, listening, stdout_of, watch};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Every path below `root`, with its mode and contents.
fn contents(root: &Path) -> BTreeMap<PathBuf, String> {
    fn walk(root: &Path, folder: &Path, all: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_path_buf();
            if path.is_symlink() {
                all.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
            } else if path.is_dir() {
                all.insert(name, format!("folder {:o}", mode(&path)));
                walk(root, &path, all);
            } else {
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                all.insert(name, format!("{:o} {text}", mode(&path)));
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(root, root, &mut all);
    all
}

#[test]
fn a_file_arrives_with_its_contents_and_mode() {
    let server = Sshd::start();
    let remote = connect(&server);
    let local = server.folder().join("a file");
    let bytes: Vec<u8> = (0..3_000_000u32).map(|n| (n % 253) as u8).collect();
    fs::write(&local, &bytes).unwrap();
    set_mode(&local, 0o750);
    let place = server.folder().join("it's here");
    remote.put(&local, place.to_str().unwrap(), &PutOptions::default(), &watch()).unwrap();
    assert!(fs::read(&place).unwrap() == bytes);
    assert_eq!(mode(&place), 0o750);

    let options = PutOptions { mode: Some(0o600), owner: Some(user()), ..PutOptions::default() };
    remote.put(&local, place.to_str().unwrap(), &options, &watch()).unwrap();
    assert_eq!(mode(&place), 0o600);

    let back = server.folder().join("back");
    remote.get(place.to_str().unwrap(), &back, false, &watch()).unwrap();
    assert!(fs::read(&back).unwrap() == bytes);
    assert_eq!(mode(&back), 0o600);

    let folder = server.folder().join("folder");
    fs::create_dir(&folder).unwrap();
    remote.get(place.to_str().unwrap(), &folder, false, &watch()).unwrap();
    assert!(fs::read(folder.join("it's here")).unwrap() == bytes);
}

#[test]
fn write_and_read_give_back_the_same_bytes() {
    let server = Sshd::start();
    let remote = connect(&server);
    let place = server.folder().join("file").display().to_string();
    for bytes in [&b""[..], b"no newline", b"zero\0and\xff\n"] {
        remote.write(bytes, &place, &PutOptions::default(), &watch()).unwrap();
        assert_eq!(remote.read(&place, false, usize::MAX, &watch()).unwrap(), bytes);
    }
    assert_eq!(mode(Path::new(&place)), 0o644);
}

#[test]
fn a_written_file_keeps_its_mode_and_owner_and_a_link_stays_one() {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = server.folder().join("place");
    fs::create_dir(&folder).unwrap();
    let [file, link] = ["secret", "link"].map(|name| folder.join(name));
    fs::write(&file, "old").unwrap();
    if user() == "root" {
        chown(&file, Some(65534), Some(65534)).unwrap();
    }
    set_mode(&file, 0o600);
    let owner = |path: &Path| fs::metadata(path).map(|data| (data.uid(), data.gid())).unwrap();
    let before = owner(&file);
    symlink("secret", &link).unwrap();
    let place = link.to_str().unwrap();
    remote.write(b"new", place, &PutOptions::default(), &watch()).unwrap();
    assert_eq!(contents(&folder).into_values().collect::<Vec<_>>(), ["-> secret", "600 new"]);
    assert_eq!(owner(&file), before);

    let options = PutOptions { mode: Some(0o640), ..PutOptions::default() };
    remote.write(b"newer", place, &options, &watch()).unwrap();
    assert_eq!(contents(&folder).into_values().collect::<Vec<_>>(), ["-> secret", "640 newer"]);
    assert_eq!(owner(&file), before);

    // A broken link is replaced by the file.
    fs::remove_file(&file).unwrap();
    remote.write(b"new", place, &PutOptions::default(), &watch()).unwrap();
    assert_eq!(contents(&folder).into_values().collect::<Vec<_>>(), ["644 new"]);
}

#[test]
fn missing_files_are_not_found() {
    let server = Sshd::start();
    let remote = connect(&server);
    let here = server.folder().join("here");
    let read = remote.read("/no/such/file", false, usize::MAX, &watch()).unwrap_err();
    assert_eq!(read.code(), Code::NotFound);
    let get = remote.get("/no/such/file", &here, false, &watch()).unwrap_err();
    assert_eq!(get.code(), Code::NotFound);
    assert!(!here.exists());
    let put = remote.put(&here, "/tmp/x", &PutOptions::default(), &watch()).unwrap_err();
    assert_eq!(put.code(), Code::NotFound);
    assert!(put.message().contains("here"), "{put}");
    let write = remote.write(b"", "/no/such/file", &PutOptions::default(), &watch()).unwrap_err();
    assert_eq!(write.code(), Code::NotFound);
    assert!(write.to_string().contains("/no/such/file"), "{write}");
}

/// The first has no end, and the size of all of them is 0.
#[test]
fn devices_and_pipes_are_no_files_on_either_side() {
    let server = Sshd::start();
    let remote = connect(&server);
    let pipe = server.folder().join("pipe").display().to_string();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let here = server.folder().join("here");
    for place in ["/dev/zero", "/dev/null", &pipe] {
        let error = remote.get(place, &here, false, &watch()).unwrap_err();
        assert!(error.to_string().contains("not a file"), "{error}");
        let path = std::path::Path::new(place);
        let there = here.to_str().unwrap();
        let error = remote.put(path, there, &PutOptions::default(), &watch()).unwrap_err();
        assert!(error.to_string().contains("not a file"), "{error}");
        assert!(!here.exists(), "{place}");
    }
}

#[test]
fn a_tree_with_pipes_sockets_and_devices_is_copied_without_them_and_that_is_told() {
    let server = Sshd::start();
    let remote = connect(&server);
    let tree = server.folder().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("file"), "text").unwrap();
    let pipe = tree.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(tree.join("socket")).unwrap();
    let here = server.folder().join("here");
    let (watch, listener) = listening();
    remote.get(tree.to_str().unwrap(), &here, false, &watch).unwrap();
    assert_eq!(fs::read_to_string(here.join("file")).unwrap(), "text");
    assert!(!here.join("pipe").exists() && !here.join("socket").exists());
    let told = listener.log.lock().unwrap().iter().map(|it| it.1.clone()).collect::<String>();
    assert!(told.contains("./pipe: a pipe or device is not copied"), "{told}");
    assert!(told.contains("./socket: socket ignored"), "{told}");
    // The other way nothing is left out unseen.
    let there = server.folder().join("there");
    let error = remote.put(&tree, there.to_str().unwrap(), &PutOptions::default(), &watch);
    let error = error.unwrap_err();
    assert!(error.to_string().contains("pipe: it is not a file"), "{error}");
    assert!(error.hint_text().unwrap().contains("remove it from the folder"), "{error}");
    assert!(!there.exists());
}

/// Their size is 0, whatever comes out of them.
#[test]
fn files_of_the_system_are_copied_with_their_contents_or_refused() {
    let server = Sshd::start();
    let remote = connect(&server);
    let there = server.folder().join("there");
    let options = PutOptions::default();
    let folder = std::path::Path::new("/proc/sys/net/ipv4/conf/lo");
    remote.put(folder, there.to_str().unwrap(), &options, &watch()).unwrap();
    let read = |path: &std::path::Path| fs::read_to_string(path.join("forwarding")).unwrap();
    assert!(!read(&there).is_empty());
    assert_eq!(read(&there), read(folder));
    let difference =
        remote.compare(folder, there.to_str().unwrap(), &options, false, &watch()).unwrap();
    assert_eq!(difference.differing, 0, "{:?}", difference.names);
    let here = server.folder().join("here");
    let error = remote.get("/proc/sys/net/ipv4/conf/lo", &here, false, &watch()).unwrap_err();
    assert!(error.to_string().contains("read them one by one"), "{error}");
    assert!(!here.exists());
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_told() {
    let server = Sshd::start();
    let remote = connect(&server);
    let tree = server.folder().join("tree");
    fs::create_dir(&tree).unwrap();
    let size = 20_000_000;
    for (length, single) in [(size + 10, false), (size + 10, true), (10, false), (10, true)] {
        let file = tree.join("file");
        fs::write(&file, vec![b'x'; size]).unwrap();
        let (watch, listener) = listening();
        let changed = file.clone();
        *listener.on_progress.lock().unwrap() = Some(Box::new(move |done| {
            // It is looked at before, and read for a while after.
            if (1..10_000_000).contains(&done) {
                let file = fs::OpenOptions::new().write(true).open(&changed).unwrap();
                file.set_len(length as u64).unwrap();
            }
        }));
        let there = server.folder().join(format!("there-{length}-{single}"));
        let from = if single { &file } else { &tree };
        let put = remote.put(from, there.to_str().unwrap(), &PutOptions::default(), &watch);
        if length < size {
            let error = put.unwrap_err().to_string();
            assert!(error.contains("file became shorter while it was sent"), "{error}");
            assert!(!there.exists());
        } else {
            put.unwrap();
            let copy = if single { there } else { there.join("file") };
            assert_eq!(fs::metadata(copy).unwrap().len(), size as u64);
            let told =
                listener.log.lock().unwrap().iter().map(|it| it.1.clone()).collect::<String>();
            let expected = format!("became longer while it was sent: its first {size} bytes");
            assert!(told.contains(&expected), "{told}");
        }
    }
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let server = Sshd::start();
    let folder = server.folder().join("place");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("file"), "old").unwrap();
    let place = folder.join("file").display().to_string();
    let options = PutOptions { owner: Some("no-such-user".into()), ..PutOptions::default() };
    let error = connect(&server).write(b"new", &place, &options, &watch()).unwrap_err();
    assert!(error.to_string().contains("no-such-user"), "{error}");
    assert_eq!(contents(&folder).into_values().collect::<Vec<_>>(), ["644 old"]);
}

#[test]
fn an_interrupted_upload_leaves_the_old_file_and_nothing_else() {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = server.folder().join("place");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("file"), "old").unwrap();
    let (watch, listener) = listening();
    let cancel = watch.cancel.clone();
    *listener.on_progress.lock().unwrap() = Some(Box::new(move |done| {
        if done > 10_000_000 {
            cancel.cancel();
        }
    }));
    let bytes = vec![0; 40_000_000];
    let place = folder.join("file").display().to_string();
    let error = remote.write(&bytes, &place, &PutOptions::default(), &watch).unwrap_err();
    assert_eq!(error.code(), Code::Interrupted);
    // The remote script removes its temporary file, which may vanish while the folder is read.
    let names = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while names().count() > 1 {
        assert!(std::time::Instant::now() < end, "{:?}", names().collect::<Vec<_>>());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(contents(&folder).into_values().collect::<Vec<_>>(), ["644 old"]);
}

#[test]
fn a_folder_in_the_place_of_a_file_is_refused_and_a_slash_uploads_into_it() {
    let server = Sshd::start();
    let remote = connect(&server);
    let folder = server.folder().join("folder");
    fs::create_dir(&folder).unwrap();
    let local = server.folder().join("name");
    fs::write(&local, "text").unwrap();
    let place = folder.display().to_string();
    let error = remote.put(&local, &place, &PutOptions::default(), &watch()).unwrap_err();
    assert!(error.to_string().contains("is a folder"), "{error}");
    remote.put(&local, &format!("{place}/"), &PutOptions::default(), &watch()).unwrap();
    assert_eq!(fs::read_to_string(folder.join("name")).unwrap(), "text");
}

/// A folder with 2,000 files, deep names, links and odd modes.
pub fn create_tree(root: &Path) {
    for n in 0..2000 {
        let folder = root.join(format!("d{}", n % 20));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("f{n}")), format!("{n}").repeat(n % 600)).unwrap();
    }
    let deep = root.join("long".repeat(40)).join("name".repeat(40));
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("a b'c\"d\n"), "odd").unwrap();
    fs::write(root.join(".hidden"), "hidden").unwrap();
    set_mode(&root.join(".hidden"), 0o4711);
    set_mode(&root.join("d3"), 0o700);
    fs::create_dir(root.join("empty")).unwrap();
    symlink("d1/f1", root.join("link")).unwrap();
    symlink("/nowhere", root.join("dangling")).unwrap();
}

#[test]
fn a_tree_of_two_thousand_files_goes_there_and_back() {
    let server = Sshd::start();
    let remote = connect(&server);
    let [local, there, back] = ["local", "there", "back"].map(|name| server.folder().join(name));
    create_tree(&local);
    remote.put(&local, there.to_str().unwrap(), &PutOptions::default(), &watch()).unwrap();
    let sent = contents(&local);
    assert!(sent.len() > 2000);
    assert!(contents(&there) == sent);

    remote.get(there.to_str().unwrap(), &back, false, &watch()).unwrap();
    let mut expected = sent;
    // A set-user-id bit is not copied.
    *expected.get_mut(Path::new(".hidden")).unwrap() = "711 hidden".into();
    assert!(contents(&back) == expected);
}

#[test]
fn a_tree_is_merged_into_existing_folders() {
    let server = Sshd::start();
    let remote = connect(&server);
    let [local, there] = ["local", "there"].map(|name| server.folder().join(name));
    for folder in [local.join("both/new"), there.join("both/old")] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(local.join("both/file"), "new").unwrap();
    fs::write(local.join("both/new/file"), "new").unwrap();
    fs::write(there.join("both/file"), "old").unwrap();
    fs::write(there.join("both/old/file"), "old").unwrap();
    set_mode(&local.join("both"), 0o700);
    set_mode(&there.join("both"), 0o751);
    remote.put(&local, there.to_str().unwrap(), &PutOptions::default(), &watch()).unwrap();
    let found: Vec<String> = contents(&there)
        .into_iter()
        .map(|(path, text)| format!("{}: {text}", path.display()))
        .collect();
    assert_eq!(
        found,
        [
            "both: folder 751",
            "both/file: 644 new",
            "both/new: folder 755",
            "both/new/file: 644 new",
            "both/old: folder 755",
            "both/old/file: 644 old",
        ]
    );
    // The same on the way back.
    remote.get(there.to_str().unwrap(), &local, false, &watch()).unwrap();
    assert_eq!(fs::read_to_string(local.join("both/old/file")).unwrap(), "old");
    assert_eq!(mode(&local.join("both")), 0o700);
    assert!(
        !stdout_of(&*remote, &format!("ls -A {}", server.folder().display())).contains(".imgctl.")
    );
}

#[test]
fn a_mode_for_a_tree_is_for_its_files() {
    let server = Sshd::start();
    let [local, there] = ["local", "there"].map(|name| server.folder().join(name));
    fs::create_dir(&local).unwrap();
    fs::write(local.join("file"), "text").unwrap();
    let options = PutOptions { mode: Some(0o640), owner: Some(user()), ..PutOptions::default() };
    connect(&server).put(&local, there.to_str().unwrap(), &options, &watch()).unwrap();
    assert_eq!((mode(&there), mode(&there.join("file"))), (0o750, 0o640));
}

#[test]
fn a_tree_over_a_file_is_refused() {
    let server = Sshd::start();
    let local = server.folder().join("local");
    fs::create_dir(&local).unwrap();
    let place = server.folder().join("client.pub").display().to_string();
    let error = connect(&server).put(&local, &place, &PutOptions::default(), &watch()).unwrap_err();
    assert!(error.to_string().contains("is not a folder"), "{error}");
}
