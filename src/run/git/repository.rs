//! The user's repository: its folder, its remote, and who commits there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::program::{Git, Setting};
use super::remote::{self, Address};
use crate::run::Run;
use crate::{Code, Error, Result};

/// The remote, if there are several.
const USUAL: &str = "origin";

/// A repository on this machine, with one of its remotes.
pub struct Repository {
    pub git: Git,
    /// The folder that was named, below the top of the repository: empty, or `group_vars/`.
    pub prefix: String,
    /// The folder that all worktrees of the repository share.
    pub common: PathBuf,
    /// The remote's name.
    pub remote: String,
    pub address: Address,
    /// Settings with which the address means the same in a worktree, if it is a path from the top folder.
    pub from_worktree: Vec<Setting>,
}

impl Repository {
    /// `remote` is a remote's name. None: `origin`, or the only one.
    ///
    /// # Errors
    /// No git, no repository, no such remote; nobody is configured who commits.
    pub fn open(run: &Arc<Run>, folder: &Path, remote: Option<&str>) -> Result<Repository> {
        if !folder.is_dir() {
            let message = format!("there is no folder {}", folder.display());
            return Err(Error::not_found(message)
                .hint("clone the repository there, or correct `repository`"));
        }
        let git = Git::new(run, folder);
        git.check_version()?;
        let failed = format!("{} is not in a git repository that can be used", folder.display());
        let told = git
            .text(
                &failed,
                &["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"],
            )
            .map_err(|error| error.hint("name a folder that was cloned by git"))?;
        let (top, common) = told.split_once('\n').unwrap_or((&told, ""));
        let prefix = git.text(&failed, &["rev-parse", "--show-prefix"])?;
        let git = git.at(Path::new(top));
        let remote = choose(&git, remote)?;
        let failed = format!("the remote `{remote}` has no address");
        let address = git.text(&failed, &["remote", "get-url", "--push", &remote])?;
        remote::hide(&address, &run.watch);
        let fetched = git.text(&failed, &["remote", "get-url", &remote])?;
        remote::hide(&fetched, &run.watch);
        let relative = remote::relative(&address).map(|path| {
            let whole = Path::new(top).join(path);
            let name = format!("url.{}.insteadOf", whole.display());
            Setting { name, value: path.to_owned() }
        });
        relative.iter().try_for_each(|setting| setting.check(&git))?;
        let (from_worktree, address) = (relative.into_iter().collect(), Address::parse(&address));
        let common = PathBuf::from(common);
        Ok(Repository { common, git, prefix, remote, address, from_worktree })
    }

    /// # Errors
    /// git does not know in whose name to commit.
    pub fn check_identity(&self) -> Result<()> {
        let who = self.git.output(&["var", "GIT_COMMITTER_IDENT"])?;
        if who.status == 0 {
            return Ok(());
        }
        let message = format!("git does not know who commits in {}", self.git.folder.display());
        Err(Error::config(message).hint(
            "set `git config user.name NAME` and `git config user.email ADDRESS`, or \
             GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL, GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL",
        ))
    }
}

fn choose(git: &Git, wanted: Option<&str>) -> Result<String> {
    let remotes = git.text("git cannot list the remotes", &["remote"])?;
    let remotes: Vec<&str> = remotes.lines().collect();
    let folder = git.folder.display();
    let known = || match remotes[..] {
        [] => "add one: `git remote add origin ADDRESS`".to_owned(),
        _ => format!("name one of: {}", remotes.join(", ")),
    };
    match (wanted, &remotes[..]) {
        (Some(name), all) if all.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => {
            Err(Error::not_found(format!("{folder} has no remote `{name}`")).hint(known()))
        }
        (None, all) if all.contains(&USUAL) => Ok(USUAL.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(Error::not_found(format!("{folder} has no remote")).hint(known())),
        (None, _) => {
            let message = format!("{folder} has several remotes, and none is `{USUAL}`");
            Err(Error::new(Code::Usage, message).hint(known()))
        }
    }
}
