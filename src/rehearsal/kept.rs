//! The fake world as this process saw it last: read again only after another one has changed it.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::world::World;
use crate::Result;

/// The world's file, and what was in it.
pub(super) struct Kept {
    path: PathBuf,
    /// As it was read or written last.
    last: Option<World>,
    /// The file that this is of. None: there was none.
    stamp: Option<Stamp>,
    /// That file: while it is open, no other one has its inode.
    open: Option<File>,
}

/// What tells a file from each one that takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(found: &Metadata) -> Stamp {
        Stamp {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
        }
    }

    fn at(path: &Path) -> Option<Stamp> {
        path.metadata().ok().as_ref().map(Stamp::of)
    }
}

impl Kept {
    pub fn new(path: &Path) -> Kept {
        Kept { path: path.to_owned(), last: None, stamp: None, open: None }
    }

    /// Whether there is a file.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Until this is dropped, no other process changes the world. The lock is on its folder, as the file is
    /// another one after each change.
    pub fn lock(&self) -> Option<File> {
        let folder = self.path.parent().filter(|folder| *folder != Path::new(""));
        let folder = File::open(folder.unwrap_or(Path::new("."))).ok()?;
        folder.lock().ok().map(|()| folder)
    }

    /// Takes the world; it is read anew by the next one, unless it is kept or saved before.
    pub fn take(&mut self) -> Result<World> {
        let known = self.last.take();
        if let Some(world) = known.filter(|_| Stamp::at(&self.path) == self.stamp) {
            return Ok(world);
        }
        // Opened before it is read: one that takes its place meanwhile is read once more.
        let is_file = self.path.is_file();
        self.open = if is_file { File::open(&self.path).ok() } else { None };
        let found = self.open.as_ref().and_then(|file| file.metadata().ok());
        self.stamp = found.as_ref().map(Stamp::of);
        World::load(&self.path)
    }

    /// Puts it back as it was taken.
    pub fn keep(&mut self, world: World) {
        self.last = Some(world);
    }

    /// The world as it is now.
    pub fn look(&mut self) -> Result<&World> {
        let world = self.take()?;
        Ok(self.last.insert(world))
    }

    /// Writes a world that was changed.
    pub fn save(&mut self, world: World) -> Result<()> {
        let file = world.save(&self.path)?;
        self.stamp = file.metadata().ok().as_ref().map(Stamp::of);
        (self.last, self.open) = (Some(world), Some(file));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_has_changed_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.json");
        let [mut ours, mut theirs] = [Kept::new(&path), Kept::new(&path)];
        let number = |kept: &mut Kept| kept.look().unwrap().serial;
        assert_eq!(number(&mut ours), 0);
        for _ in 0..3 {
            for kept in [&mut ours, &mut theirs] {
                let mut world = kept.take().unwrap();
                world.serial += 1;
                kept.save(world).unwrap();
            }
            assert_eq!(number(&mut ours), number(&mut theirs));
        }
        assert_eq!(number(&mut ours), 6);
        // By hand, in place.
        std::fs::write(&path, "{\"serial\": 40}").unwrap();
        assert_eq!(number(&mut ours), 40);
        std::fs::remove_file(&path).unwrap();
        assert_eq!((number(&mut ours), number(&mut theirs)), (0, 0));
    }

    #[test]
    fn what_was_taken_and_not_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = Kept::new(&folder.path().join("world.json"));
        kept.save(World { serial: 1, ..World::default() }).unwrap();
        let mut world = kept.take().unwrap();
        world.serial = 2;
        drop(world);
        assert_eq!(kept.look().unwrap().serial, 1);
    }
}
