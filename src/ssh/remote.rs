//! The trait of machines that run commands: what the rest of the program sees of SSH.

use std::path::Path;
use std::sync::Arc;

use super::command::{Command, Output};
use super::target::Target;
use crate::Result;
use crate::report::Watch;

/// The mode and owner of a file that is uploaded, and who writes it.
#[derive(Debug, Clone, Default)]
pub struct PutOptions {
    /// Octal permission bits; None: those of the local file. Contents from memory keep the mode of
    /// an existing file; a new one gets 0644.
    pub mode: Option<u32>,
    /// `user` or `user:group`; None: an existing file keeps its owner.
    pub owner: Option<String>,
    /// Write as root.
    pub sudo: bool,
}

/// What [`Remote::put`] would change on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Files, folders and links that are compared.
    pub all: usize,
    /// Those that are missing there, or are something else.
    pub differing: usize,
    /// Their names here: within a folder from there, else the path on the host.
    pub names: Vec<String>,
    /// Full paths of what stands in the way: a file where a folder belongs, or the other way round.
    pub in_the_way: Vec<String>,
    /// Full paths of what is in the folder there and not here.
    pub surplus: Vec<String>,
}

/// A machine that runs commands. `~` and `~user` at the beginning of a path on it are home folders: of
/// the user who reads or writes, which is root with sudo. Every call may be made from any thread; calls on one host may run
/// side by side. A broken session is replaced for the next call (never for the call it broke under,
/// unless that call had not begun).
pub trait Remote: Send + Sync {
    /// The name for messages.
    fn label(&self) -> &str;

    /// `address:port`, which is also the key of its pinned host key.
    fn address(&self) -> String;

    /// Runs a command. A non-zero status is not an error here.
    fn exec(&self, command: &Command, watch: &Watch) -> Result<Output>;

    /// Copies a local file, or a folder and its contents, to `remote`; a file is complete or absent
    /// (written beside it, synced, renamed). A bar shows the bytes.
    ///
    /// A file whose `remote` ends with `/` keeps its name in that folder. The contents of a folder
    /// are merged into `remote`, if that exists; `mode` is then for its files, and folders can be
    /// entered by those who may read them. Symbolic links inside are copied as links.
    fn put(&self, local: &Path, remote: &str, options: &PutOptions, watch: &Watch) -> Result<()>;

    /// What [`put`](Remote::put) with the same arguments would change; with `mirror`, also what is in
    /// the remote folder and not in the local one. Changes nothing.
    fn compare(
        &self,
        local: &Path,
        remote: &str,
        options: &PutOptions,
        mirror: bool,
        watch: &Watch,
    ) -> Result<Difference>;

    /// Writes bytes to a remote file, likewise complete or absent.
    fn write(
        &self,
        contents: &[u8],
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()>;

    /// Copies a remote file or folder here, complete or not at all, with the same rules as
    /// [`put`](Remote::put). Permissions are kept as far as the umask here allows; owners, times and
    /// set-user-id bits are not. In a folder that exists, nothing is written through links.
    fn get(&self, remote: &str, local: &Path, sudo: bool, watch: &Watch) -> Result<()>;

    /// The contents of a remote file; `Code::NotFound` if it does not exist, `Code::Failed` if it has
    /// more than `most` bytes.
    fn read(&self, remote: &str, sudo: bool, most: usize, watch: &Watch) -> Result<Vec<u8>>;

    /// One try to connect, log in and run `true`; the error says why it failed.
    fn probe(&self, watch: &Watch) -> Result<()>;

    /// Drops the sessions, as before a reboot.
    fn disconnect(&self);

    /// Hands the terminal to the system's `ssh` (with the pinned host key and the same identity);
    /// returns its exit status.
    fn shell(&self, command: Option<&str>, watch: &Watch) -> Result<i32>;
}

/// Makes remotes; the pool behind it keeps sessions for as long as it lives.
pub trait Connect: Send + Sync {
    /// Does not connect yet: a wrong address is reported by the first command.
    fn remote(&self, target: Target) -> Result<Arc<dyn Remote>>;
}
