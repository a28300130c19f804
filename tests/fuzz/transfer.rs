//! The streams by which a host sends files and folders.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use super::compare;
use super::fetch::Fetch;
use crate::fuzz::{Rng, pieces, run};
use crate::report::Stream;
use crate::ssh::sink::Sink;

/// A folder with something beside the place of the copy.
struct Surroundings {
    folder: tempfile::TempDir,
}

impl Surroundings {
    fn new(random: &mut Rng) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        fs::create_dir_all(here.join("outside")).unwrap();
        fs::write(here.join("outside/file"), "as before").unwrap();
        fs::set_permissions(here.join("outside/file"), fs::Permissions::from_mode(0o640)).unwrap();
        fs::create_dir(here.join("inside")).unwrap();
        if random.bool() {
            fs::create_dir(here.join("inside/copy")).unwrap();
            symlink("../../outside", here.join("inside/copy/link")).unwrap();
            symlink("../../outside/file", here.join("inside/copy/file")).unwrap();
        }
        Surroundings { folder }
    }

    /// Nothing was written but the copy, and that holds only files, folders and links, of no rights of
    /// their own.
    fn check(&self) {
        let here = self.folder.path();
        let names = |folder: &Path| -> Vec<_> {
            let mut names: Vec<_> =
                fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(here), ["inside", "outside"]);
        assert_eq!(names(&here.join("outside")), ["file"]);
        let file = here.join("outside/file");
        assert_eq!(fs::read_to_string(&file).unwrap(), "as before");
        let data = fs::metadata(&file).unwrap();
        assert_eq!((data.nlink(), data.mode() & 0o7777), (1, 0o640));
        assert_eq!(fs::metadata(here.join("outside")).unwrap().mode() & 0o7777, 0o755);
        let inside = names(&here.join("inside"));
        assert!(inside.iter().all(|name| name == "copy"), "{inside:?}");
        walk(&here.join("inside"));
    }
}

fn walk(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let data = path.symlink_metadata().unwrap();
        let kind = data.file_type();
        assert!(kind.is_file() || kind.is_dir() || kind.is_symlink(), "{path:?}: {kind:?}");
        assert!(kind.is_symlink() || data.mode() & 0o7000 == 0, "{path:?}: {:o}", data.mode());
        if kind.is_dir() {
            walk(&path);
        }
    }
}

/// Sends it as a host does; the reason if it was refused.
fn fetch(here: &Surroundings, input: &[u8], random: &mut Rng) -> Result<(), String> {
    let local = here.folder.path().join("inside/copy");
    let mut fetch = Fetch::new(&local, "name", Box::new(Quiet));
    let taken = pieces(input, random).into_iter().try_for_each(|piece| {
        assert!(fetch.header.as_ref().is_none_or(|header| header.len() < 256 + 4096));
        fetch.take(Stream::Stdout, piece)
    });
    let finished = taken.and_then(|()| fetch.finish("host", "/place"));
    drop(fetch);
    finished.map_err(|error| {
        assert!(error.message() != "unpacking failed", "the unpacking thread panicked");
        error.causes().iter().cloned().chain([error.message().to_owned()]).collect()
    })
}

struct Quiet;

impl crate::report::Activity for Quiet {
    fn status(&self, _: &str) {}
    fn progress(&self, _: u64, _: Option<u64>) {}
}

/// A header that is changed has a wrong sum, by which it would be refused at once.
fn with_right_sums(input: &mut [u8]) {
    let start = input.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for block in input[start..].chunks_exact_mut(512) {
        if &block[257..262] == b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

#[test]
fn trees_and_files_that_a_host_sends() {
    const WORDS: [&str; 22] = [
        "folder\n",
        "file 5 755\n",
        "file ",
        " 7777\n",
        "../../outside/file",
        "../../outside",
        "../../../outside/file",
        "../../../../outside",
        "link/file",
        "link",
        "./",
        "/",
        "ustar  \0",
        "ustar\u{0}00",
        "0006755",
        "00000000000",
        "77777777777",
        "30 path=../../outside/file\n",
        "22 size=1234567890123\n",
        "26 linkpath=../../outside\n",
        "GNU.sparse.major=1\n",
        "\0\0\0\0\0\0\0\0",
    ];
    run("trees", 200, &WORDS, |input, random| {
        let here = Surroundings::new(random);
        let mut input = input.to_vec();
        if random.u8(..4) > 0 {
            // The kinds of entries are a byte each, which chance seldom finds.
            let blocks = input.len() / 512;
            if blocks > 0 && random.bool() {
                let at = random.usize(..blocks) * 512 + 156 + 7;
                if let Some(kind) = input.get_mut(at) {
                    *kind = b"0123456789LKxgSV\0DNAX"[random.usize(..21)];
                }
            }
            with_right_sums(&mut input);
        }
        let first = fetch(&here, &input, random);
        here.check();
        // Through a link that the first copy has brought.
        let again = fetch(&here, &input, random);
        here.check();
        format!("{:?} {}", first.err(), again.is_ok())
    });
}

#[test]
fn differences_that_a_host_prints() {
    const WORDS: [&str; 6] = ["= f f 644 ci:ci 1:1", "+ d", "\0", "./", "\\", "\\n"];
    run("differences", 2000, &WORDS, |input, _| {
        let Some(answer) = compare::Answer::read(input) else { return "refused".into() };
        // Every name is one that came.
        let came = input.len();
        let names = answer.all.iter().chain(answer.found.keys());
        assert!(names.map(|name| name.as_os_str().len()).sum::<usize>() <= came);
        format!("{} {}", answer.all.len().min(4), answer.found.len().min(4))
    });
}

/// A name without end is refused before it fills the memory.
#[test]
fn a_name_without_end_is_refused() {
    let here = Surroundings::new(&mut Rng::with_seed(0));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.set_size(1 << 40);
    header.set_cksum();
    let mut input = [b"folder\n", header.as_bytes().as_slice()].concat();
    input.resize(64 << 20, b'a');
    let why = fetch(&here, &input, &mut Rng::with_seed(0)).unwrap_err();
    assert!(why.contains("too long"), "{why}");
    here.check();
}
