//! What the remote has: the branch to start from, and the branch to write, which must be ours.

use super::program::Git;
use super::repository::Repository;
use super::scratch::Scratch;
use crate::error::nearest;
use crate::{Code, Error, Result};

/// The trailer of commits that imgctl makes: the tree of the commit. One that somebody changed has another tree.
pub const TRAILER: &str = "Imgctl-Tree";

/// The state of the remote.
pub struct Target {
    /// The branch's name to start from.
    pub base: String,
    /// Its commit.
    pub base_commit: String,
    /// The commit of the branch to write. None: the remote has no such branch.
    pub ours: Option<String>,
}

impl Target {
    /// Looks what the remote has, and fetches it.
    ///
    /// # Errors
    /// The remote cannot be read; the base does not exist; the branch has commits of others.
    pub fn read(
        repository: &Repository,
        scratch: &Scratch,
        branch: &str,
        base: Option<&str>,
    ) -> Result<Target> {
        let (git, remote) = (&repository.git, &repository.remote);
        let valid = git.output(&["check-ref-format", "--branch", branch])?;
        if valid.status != 0 || branch.starts_with('-') {
            return Err(Error::usage(format!("`{branch}` cannot be the name of a branch"))
                .hint("use letters, digits, `-`, `.` and `/`"));
        }
        let told = git.asked(&["ls-remote", "--symref", remote, "HEAD", "refs/heads/*"])?;
        let told = told.text(|| {
            let message = format!("the remote `{remote}` cannot be read");
            Error::new(Code::Connection, message).hint(
                "check its address (`git remote -v`) and that `git fetch` works without asking",
            )
        })?;
        let commit_of = |name: &str| {
            let wanted = format!("refs/heads/{name}");
            let mut lines = told.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(_, reference)| *reference == wanted).map(|(id, _)| id.to_owned())
        };
        let base = match base {
            Some(base) => base.to_owned(),
            None => default_branch(&told).ok_or_else(|| {
                Error::config(format!("the remote `{remote}` has no default branch"))
                    .hint("name the branch to start from by `base`")
            })?,
        };
        let Some(base_commit) = commit_of(&base) else {
            let error = Error::not_found(format!("the remote `{remote}` has no branch `{base}`"));
            let names = told.lines().filter_map(|line| line.split_once("\trefs/heads/"));
            return Err(match nearest(&base, names.map(|(_, name)| name)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("correct `base`"),
            });
        };
        if branch == base {
            return Err(Error::usage(format!("`{branch}` is the branch to start from"))
                .hint("give the change a branch of its own"));
        }
        let target = Target { base, base_commit, ours: commit_of(branch) };
        target.fetch(repository, scratch, branch, &[])?;
        let mut foreign = target.foreign(repository, scratch, branch)?;
        if !foreign.is_empty() && is_shallow(git)? {
            // Without its history the base does not show which of them are its own.
            target.fetch(repository, scratch, branch, &["--unshallow"])?;
            foreign = target.foreign(repository, scratch, branch)?;
        }
        if foreign.is_empty() {
            return Ok(target);
        }
        let message =
            format!("the branch `{branch}` of `{remote}` has commits that imgctl did not make");
        let error = foreign.iter().take(5).fold(Error::new(Code::Refused, message), Error::cause);
        Err(error.hint("merge or delete that branch, or give another name by `branch`"))
    }

    /// The user's own references, `FETCH_HEAD` and tags stay as they are.
    fn fetch(
        &self,
        repository: &Repository,
        scratch: &Scratch,
        branch: &str,
        options: &[&str],
    ) -> Result<()> {
        let own = &scratch.references;
        let base = format!("+refs/heads/{}:{own}/base", self.base);
        let ours = format!("+refs/heads/{branch}:{own}/ours");
        let mut words = vec!["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        words.extend(["--no-recurse-submodules", "--no-auto-maintenance", "--refmap="]);
        words.extend(options);
        words.extend([repository.remote.as_str(), &base]);
        if self.ours.is_some() {
            words.push(&ours);
        }
        let fetched = repository.git.output(&words)?.text(|| {
            let message = format!("the remote `{}` cannot be fetched", repository.remote);
            Error::new(Code::Connection, message).hint("check that `git fetch` works there")
        });
        fetched.map(drop)
    }

    /// The commits of the branch that imgctl did not make, in words.
    fn foreign(
        &self,
        repository: &Repository,
        scratch: &Scratch,
        branch: &str,
    ) -> Result<Vec<String>> {
        if self.ours.is_none() {
            return Ok(Vec::new());
        }
        let own = &scratch.references;
        let format = format!(
            "--format=%h%x00%T%x00%(trailers:key={TRAILER},valueonly,separator=%x2C)%x00%an%x00%s"
        );
        let range = format!("{own}/base..{own}/ours");
        let failed = format!("the commits of `{branch}` cannot be listed");
        let commits = repository.git.text(&failed, &["log", &format, &range])?;
        let foreign = commits.lines().filter_map(|line| {
            let parts: Vec<&str> = line.split('\0').collect();
            let [commit, tree, trailer, author, subject] = parts[..] else { return None };
            let is_ours = tree == trailer.trim();
            (!is_ours).then(|| format!("{commit} of {author}: {subject}"))
        });
        Ok(foreign.collect())
    }
}

/// Whether the clone has only the newest commits, as those of most CI servers.
fn is_shallow(git: &Git) -> Result<bool> {
    let told = git.text("git cannot read the clone", &["rev-parse", "--is-shallow-repository"])?;
    Ok(told == "true")
}

/// From `ref: refs/heads/main<TAB>HEAD`.
fn default_branch(told: &str) -> Option<String> {
    told.lines().find_map(|line| {
        let reference = line.strip_prefix("ref: ")?.strip_suffix("\tHEAD")?;
        reference.strip_prefix("refs/heads/").map(str::to_owned)
    })
}
