//! One host of the fake world.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answers::Answers;
use super::programs::{files, path};
use super::sessions::Sessions;
use super::shell;
use super::unknown::Unknown;
use crate::rehearsal::journal::Journal;
use crate::rehearsal::world::{Disk, Entry, World};
use crate::report::{Stream, Watch};
use crate::ssh::{
    Command, Difference, Output, PutOptions, Remote, Target, printed_too_much, too_much,
};
use crate::{Code, Error, Result};

/// The most bytes of a file that is copied: the world keeps them.
const LARGEST: u64 = 256 << 20;

pub(super) struct FakeRemote {
    pub(super) journal: Arc<Journal>,
    pub(super) answers: Arc<Answers>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) unknown: Arc<Unknown>,
    /// It has no programs, scripts and folders beyond those that the model or a test tells of.
    pub(super) exact: bool,
    pub(super) target: Target,
    /// The instance it is.
    pub(super) id: String,
    /// Its name in the journal: `build`, `verify`.
    pub(super) role: String,
    pub(super) label: String,
}

impl FakeRemote {
    /// Journals a call that sees or changes the disk.
    fn on_disk<T>(
        &self,
        what: &str,
        watch: &Watch,
        effect: impl FnOnce(&mut Disk) -> Result<T>,
    ) -> Result<T> {
        watch.check()?;
        let line = watch.report.redacted(&format!("ssh {} {what}", self.role));
        let on_disk = |world: &mut World| {
            effect(&mut self.sessions.machine(world, &self.id, &self.target)?.disk)
        };
        self.journal.call_machine(&self.id, &line, on_disk, |_| None)
    }

    fn user(&self, sudo: bool) -> &str {
        if sudo { "root" } else { self.target.user.as_deref().unwrap_or_default() }
    }

    /// A tilde is the home of the user who acts; another path is relative to that of the login user.
    fn path(&self, remote: &str, sudo: bool) -> String {
        let home = match self.user(sudo && remote.starts_with('~')) {
            "root" => "/root".to_owned(),
            user => format!("/home/{user}"),
        };
        path::absolute(remote, &home, None)
    }

    fn owner(&self, options: &PutOptions) -> String {
        let user = self.user(options.sudo);
        let owner = options.owner.clone().unwrap_or_else(|| user.to_owned());
        if owner.contains(':') { owner } else { format!("{owner}:{owner}") }
    }

    fn no_file(&self, path: &str) -> Error {
        Error::not_found(format!("[{}] there is no file {path}", self.label))
    }
}

impl Remote for FakeRemote {
    fn label(&self) -> &str {
        &self.label
    }

    fn address(&self) -> String {
        format!("{}:{}", self.target.host, self.target.port.unwrap_or(22))
    }

    fn exec(&self, command: &Command, watch: &Watch) -> Result<Output> {
        watch.check()?;
        command.check()?;
        let line = watch.report.redacted(&format!("ssh {} {}", self.role, shown(command)));
        let mut unknown = Vec::new();
        let answer = self.journal.call_machine(
            &self.id,
            &line,
            |world| {
                self.sessions.machine(world, &self.id, &self.target)?;
                let rule = self.answers.find(&self.role, &command.line, &mut world.answered);
                let machine = self.sessions.machine(world, &self.id, &self.target)?;
                let user = command.sudo.as_deref().unwrap_or(self.user(false));
                if let Some(answer) = rule {
                    return Ok(answer);
                }
                let output;
                let stated = self.answers.programs();
                (output, unknown) = shell::run(machine, command, user, stated, self.exact);
                if command.secret {
                    unknown.iter_mut().for_each(|thing| *thing = "a command with a secret".into());
                }
                self.unknown.check(&self.label, &unknown)?;
                Ok(Ok(output))
            },
            |answer| match answer {
                Ok(output) => (output.status != 0).then(|| output.status.to_string()),
                Err(error) => Some(error.code().name().to_owned()),
            },
        )?;
        self.unknown.warn(&self.label, &unknown, watch);
        let mut output = answer?;
        if command.live {
            for (stream, bytes) in
                [(Stream::Stdout, &output.stdout), (Stream::Stderr, &output.stderr)]
            {
                for line in String::from_utf8_lossy(bytes).lines() {
                    watch.report.output(&self.label, stream, line);
                }
            }
        }
        let keep = command.keep.unwrap_or(usize::MAX);
        if command.whole && output.stdout.len() > keep {
            return Err(printed_too_much(&self.label, &command.line, keep));
        }
        output.truncated = output.stdout.len() > keep || output.stderr.len() > keep;
        output.stdout.truncate(keep);
        output.stderr.truncate(keep);
        Ok(output)
    }

    fn put(&self, local: &Path, remote: &str, options: &PutOptions, watch: &Watch) -> Result<()> {
        let remote = self.path(remote, options.sudo);
        let owner = self.owner(options);
        let mut found = Vec::new();
        gather(local, PathBuf::from(&remote), options.mode, &owner, &mut found)?;
        let name = local.file_name().unwrap_or(local.as_os_str()).to_string_lossy().into_owned();
        let files = found.iter().filter(|(_, entry)| !entry.folder).count();
        self.on_disk(&format!("put {name} {remote} ({files} files)"), watch, |disk| {
            disk.files.extend(found);
            Ok(())
        })
    }

    fn compare(
        &self,
        local: &Path,
        remote: &str,
        options: &PutOptions,
        mirror: bool,
        watch: &Watch,
    ) -> Result<Difference> {
        let remote = self.path(remote, options.sudo);
        let mut found = Vec::new();
        gather(local, PathBuf::from(&remote), options.mode, &self.owner(options), &mut found)?;
        self.on_disk(&format!("compare {remote}"), watch, |disk| {
            let mut difference = Difference { all: found.len(), ..Difference::default() };
            for (path, wanted) in &found {
                let same = match disk.files.get(path) {
                    Some(entry) if entry.folder != wanted.folder => {
                        difference.in_the_way.push(path.clone());
                        false
                    }
                    Some(entry) if entry.folder => true,
                    Some(entry) => {
                        entry.contents == wanted.contents
                            && entry.mode == wanted.mode
                            && (options.owner.is_none() || entry.owner == wanted.owner)
                    }
                    None => false,
                };
                if !same {
                    difference.differing += 1;
                    let name = path.strip_prefix(&format!("{remote}/")).unwrap_or(path);
                    difference.names.push(name.to_owned());
                }
            }
            if mirror {
                let here = |path: &String| found.iter().any(|(name, _)| name == path);
                let surplus = files::below(disk, &remote).map(|(path, _)| path.clone());
                difference.surplus = surplus.filter(|path| !here(path)).collect();
            }
            Ok(difference)
        })
    }

    fn write(
        &self,
        contents: &[u8],
        remote: &str,
        options: &PutOptions,
        watch: &Watch,
    ) -> Result<()> {
        let remote = self.path(remote, options.sudo);
        let mode = format!("{:o}", options.mode.unwrap_or(0o644));
        let owner = self.owner(options);
        let sudo = if options.sudo { " sudo" } else { "" };
        let size = self.journal.shown_length(contents)?;
        let line = format!("write{sudo} {remote} 0{mode} {owner} ({size} bytes)");
        self.on_disk(&line, watch, |disk| {
            let old = disk.files.get(&remote);
            let mode = old.filter(|_| options.mode.is_none()).map_or(mode, |old| old.mode.clone());
            let owner =
                old.filter(|_| options.owner.is_none()).map_or(owner, |old| old.owner.clone());
            disk.files.insert(remote, Entry::file(contents, &mode, &owner));
            Ok(())
        })
    }

    fn get(&self, remote: &str, local: &Path, sudo: bool, watch: &Watch) -> Result<()> {
        let remote = self.path(remote, sudo);
        self.on_disk(&format!("get {remote}"), watch, |disk| {
            let write = |local: &Path, entry: &Entry| {
                let folder = if entry.folder { Some(local) } else { local.parent() };
                folder
                    .map_or(Ok(()), std::fs::create_dir_all)
                    .and_then(|()| match entry.folder {
                        true => Ok(()),
                        false => std::fs::write(local, &entry.contents),
                    })
                    .map_err(|error| Error::io("write", local, error))
            };
            let mut any = false;
            for (path, entry) in files::below(disk, &remote) {
                let inside = path[remote.len()..].trim_start_matches('/');
                let local = if inside.is_empty() { local.to_owned() } else { local.join(inside) };
                write(&local, entry)?;
                any = true;
            }
            if any { Ok(()) } else { Err(self.no_file(&remote)) }
        })
    }

    fn read(&self, remote: &str, sudo: bool, most: usize, watch: &Watch) -> Result<Vec<u8>> {
        let remote = self.path(remote, sudo);
        let sudo = if sudo { " sudo" } else { "" };
        self.on_disk(&format!("read{sudo} {remote}"), watch, |disk| {
            let file = disk.files.get(&remote).filter(|entry| !entry.folder);
            let contents = &file.ok_or_else(|| self.no_file(&remote))?.contents;
            match contents.len() <= most {
                true => Ok(contents.clone()),
                false => Err(too_much(&self.label, &format!("{remote} has"), most, "ask for more")),
            }
        })
    }

    fn probe(&self, watch: &Watch) -> Result<()> {
        self.on_disk("connect", watch, |_| Ok(()))
    }

    fn disconnect(&self) {
        self.sessions.forget(&self.target);
    }

    fn shell(&self, command: Option<&str>, watch: &Watch) -> Result<i32> {
        let line = command.unwrap_or_default().to_owned();
        if line.is_empty() {
            return self.on_disk("shell", watch, |_| Ok(0));
        }
        let output = self.exec(&Command { line, live: true, ..Command::default() }, watch)?;
        Ok(output.status)
    }
}

/// A command as the journal tells it; what may be secret is not told.
fn shown(command: &Command) -> String {
    let mut how = match command.sudo.as_deref() {
        None => "run".to_owned(),
        Some("root") => "sudo".to_owned(),
        Some(user) => format!("sudo({user})"),
    };
    if !command.env.is_empty() {
        let names: Vec<&str> = command.env.keys().map(String::as_str).collect();
        how += &format!(" env={}", names.join(","));
    }
    if let Some(cwd) = &command.cwd {
        how += &format!(" cwd={cwd}");
    }
    if let Some(input) = &command.stdin {
        how += &format!(" stdin={}", input.len());
    }
    format!("{how}: {}", if command.secret { "(secret)" } else { &command.line })
}

/// Everything at or below `local`, under the names it will have at `remote`.
fn gather(
    local: &Path,
    remote: PathBuf,
    mode: Option<u32>,
    owner: &str,
    found: &mut Vec<(String, Entry)>,
) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let read = |error| Error::io("read", local, error);
    let metadata = std::fs::metadata(local).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let error = read(error);
        if missing { error.with_code(Code::NotFound) } else { error }
    })?;
    let own_mode = metadata.permissions().mode() & 0o7777;
    let name = remote.to_string_lossy().into_owned();
    if metadata.is_dir() {
        found.push((name, Entry::folder(&format!("{own_mode:o}"), owner)));
        for child in std::fs::read_dir(local).map_err(read)? {
            let child = child.map_err(read)?;
            if child.file_type().map_err(read)?.is_symlink() {
                // A link inside is sent as a link; of one the model knows where it leads, and no more.
                let target = std::fs::read_link(child.path()).map_err(read)?;
                let target = target.as_os_str().as_encoded_bytes();
                let name = remote.join(child.file_name()).to_string_lossy().into_owned();
                found.push((name, Entry::file(target, "777", owner)));
                continue;
            }
            gather(&child.path(), remote.join(child.file_name()), mode, owner, found)?;
        }
        return Ok(());
    }
    let contents = crate::read::bytes(local, LARGEST, &|| false).map_err(read)?;
    let mode = format!("{:o}", mode.unwrap_or(own_mode));
    found.push((name, Entry::file(contents, &mode, owner)));
    Ok(())
}
