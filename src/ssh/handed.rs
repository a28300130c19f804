//! Files for a program that is started, private keys among them: in memory only, so that nothing stays
//! behind, however either program ends.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use crate::{Error, Result};

/// The files; gone when this is dropped, or when this process ends.
#[cfg(target_os = "linux")]
#[derive(Default)]
pub(super) struct Handed(Vec<File>);

#[cfg(target_os = "linux")]
impl Handed {
    pub(super) fn new() -> Result<Self> {
        Ok(Handed::default())
    }

    /// A file that only this user can read; the path leads to this process's descriptor.
    pub(super) fn add(&mut self, name: &str, text: &str) -> Result<PathBuf> {
        use std::os::fd::AsRawFd;

        use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};

        let failed = |error: std::io::Error| {
            Error::failed(format!("cannot keep {name} for ssh in memory")).cause(error)
        };
        let file = memfd_create(name, MemfdFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        fchmod(&file, Mode::RUSR | Mode::WUSR).map_err(|error| failed(error.into()))?;
        let mut file = File::from(file);
        file.write_all(text.as_bytes()).map_err(failed)?;
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        self.0.push(file);
        Ok(PathBuf::from(path))
    }
}

/// Files in a temporary folder, where files cannot be in memory.
#[cfg(not(target_os = "linux"))]
pub(super) struct Handed(tempfile::TempDir);

#[cfg(not(target_os = "linux"))]
impl Handed {
    pub(super) fn new() -> Result<Self> {
        super::private_folder::private_folder("imgctl-ssh-")
            .map(Handed)
            .map_err(|error| Error::failed("cannot create a temporary folder").cause(error))
    }

    /// A file that only this user can read.
    pub(super) fn add(&mut self, name: &str, text: &str) -> Result<PathBuf> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.0.path().join(name);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Error::io("write", &path, error))?;
        Ok(path)
    }
}
