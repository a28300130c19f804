//! What a copy would change, without changing it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use imgctl::ssh::{Difference, PutOptions, Remote};

use crate::files::{create_tree, set_mode};
use crate::sshd::{Sshd, user};
use crate::world::{connect, watch};

fn compare(remote: &dyn Remote, local: &Path, there: &Path, options: &PutOptions) -> Difference {
    remote.compare(local, there.to_str().unwrap(), options, true, &watch()).unwrap()
}

fn differing(remote: &dyn Remote, local: &Path, there: &Path, options: &PutOptions) -> usize {
    remote.compare(local, there.to_str().unwrap(), options, false, &watch()).unwrap().differing
}

#[test]
fn a_copied_tree_does_not_differ_and_each_change_of_it_does() {
    let server = Sshd::start();
    let remote = connect(&server);
    let [local, there] = ["local", "there"].map(|name| server.folder().join(name));
    create_tree(&local);
    let options = PutOptions::default();
    let before = compare(&*remote, &local, &there, &options);
    assert_eq!((before.differing, before.surplus.len()), (before.all, 0));
    remote.put(&local, there.to_str().unwrap(), &options, &watch()).unwrap();
    let same = Difference { all: before.all, ..Difference::default() };
    assert_eq!(compare(&*remote, &local, &there, &options), same);

    // One of each kind; folders that exist keep their mode.
    fs::write(there.join("d1/f1"), "x").unwrap();
    fs::remove_file(there.join("d2/f2")).unwrap();
    set_mode(&there.join("d3/f3"), 0o640);
    set_mode(&there.join("d4"), 0o700);
    fs::remove_file(there.join("link")).unwrap();
    symlink("d1/f2", there.join("link")).unwrap();
    fs::remove_dir(there.join("empty")).unwrap();
    let changed = compare(&*remote, &local, &there, &options);
    let names = changed.names.clone();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(changed, Difference { differing: 5, names, ..same.clone() });
    remote.put(&local, there.to_str().unwrap(), &options, &watch()).unwrap();
    assert_eq!(compare(&*remote, &local, &there, &options), same);

    fs::create_dir_all(there.join("more/deep")).unwrap();
    fs::write(there.join("d1/odd\nname"), "").unwrap();
    fs::remove_file(there.join("d5/f5")).unwrap();
    fs::create_dir(there.join("d5/f5")).unwrap();
    let found = compare(&*remote, &local, &there, &options);
    let full = |name: &str| there.join(name).display().to_string();
    let mut surplus = found.surplus;
    surplus.sort();
    assert_eq!(surplus, [full("d1/odd\nname"), full("more"), full("more/deep")]);
    assert_eq!((found.differing, found.in_the_way), (1, vec![full("d5/f5")]));
}

#[test]
fn a_file_differs_by_contents_mode_and_owner() {
    let server = Sshd::start();
    let remote = connect(&server);
    let [local, there, link] = ["local", "-there", "link"].map(|name| server.folder().join(name));
    fs::write(&local, "text").unwrap();
    set_mode(&local, 0o640);
    let plain = PutOptions::default();
    assert_eq!(differing(&*remote, &local, &there, &plain), 1);
    remote.put(&local, there.to_str().unwrap(), &plain, &watch()).unwrap();
    assert_eq!(differing(&*remote, &local, &there, &plain), 0);
    // As a copy does, it follows a link; into a folder the name is kept.
    symlink(&there, &link).unwrap();
    assert_eq!(differing(&*remote, &local, &link, &plain), 0);
    let folder = format!("{}/", server.folder().display());
    let found = remote.compare(&local, &folder, &plain, false, &watch()).unwrap();
    assert_eq!(found, Difference { all: 1, ..Difference::default() });

    let with_mode = |mode| PutOptions { mode: Some(mode), ..PutOptions::default() };
    assert_eq!(differing(&*remote, &local, &there, &with_mode(0o600)), 1);
    assert_eq!(differing(&*remote, &local, &there, &with_mode(0o640)), 0);
    let with_owner =
        |owner: &str| PutOptions { owner: Some(owner.into()), ..PutOptions::default() };
    assert_eq!(differing(&*remote, &local, &there, &with_owner(&user())), 0);
    assert_eq!(differing(&*remote, &local, &there, &with_owner("nobody")), 1);
    fs::write(&local, "TEXT").unwrap();
    assert_eq!(differing(&*remote, &local, &there, &plain), 1);
}

#[test]
fn what_a_copy_refuses_is_refused_before() {
    let server = Sshd::start();
    let [local, there] = ["local", "there"].map(|name| server.folder().join(name));
    fs::create_dir(&local).unwrap();
    fs::write(&there, "a file").unwrap();
    let there = there.to_str().unwrap();
    let found = connect(&server).compare(&local, there, &PutOptions::default(), false, &watch());
    let error = found.unwrap_err();
    assert!(error.to_string().contains("is not a folder"), "{error}");
}
