//! One change on a branch: edited in a worktree, committed, pushed.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::program::Output;
use super::repository::Repository;
use super::scratch::Scratch;
use super::target::{TRAILER, Target};
use crate::report::Level;
use crate::run::Run;
use crate::{Code, Error, Result, said};

/// Pushes the branch alone: no tags and submodules, which the user's settings may add.
const PUSH: &[&str] = &["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"];

/// The change as a script asks for it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A folder of the repository on this machine.
    pub folder: PathBuf,
    pub branch: String,
    /// The commit's message. Empty: nothing will be committed.
    pub message: String,
    /// The branch to start from. None: the remote's default.
    pub base: Option<String>,
    pub remote: Option<String>,
    /// For the server: `merge_request.create`.
    pub push_options: Vec<String>,
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Edited {
    /// False: the base has all of it already.
    pub changed: bool,
    /// False: the branch had it already.
    pub pushed: bool,
    pub branch: String,
    pub base: String,
    /// Empty: nothing was committed.
    pub commit: String,
}

/// Looks whether a change could be committed and pushed, and changes nothing.
///
/// # Errors
/// What `Edit::begin` refuses; a remote that accepts no pushes of the user.
pub fn check(run: &Arc<Run>, wanted: &Wanted) -> Result<Edited> {
    let repository = Repository::open(run, &wanted.folder, wanted.remote.as_deref())?;
    repository.check_identity()?;
    let scratch = Scratch::new(&repository)?;
    let target = Target::read(&repository, &scratch, &wanted.branch, wanted.base.as_deref())?;
    let what = format!("{}:refs/heads/{}", target.base_commit, wanted.branch);
    // Nothing is sent, but the server decides whether the user may send anything.
    let words = ["--dry-run", "--no-verify", "--force", &repository.remote, &what];
    let tried = repository.git.asked(&[PUSH, &words].concat())?;
    if tried.status != 0 {
        return Err(rejected(&repository, &wanted.branch, &tried));
    }
    let (branch, commit) = (wanted.branch.clone(), String::new());
    Ok(Edited { changed: false, pushed: false, branch, base: target.base, commit })
}

/// A change in the making. Its worktree goes when this is dropped.
pub struct Edit {
    wanted: Wanted,
    repository: Repository,
    target: Target,
    scratch: Scratch,
}

impl Edit {
    /// Makes the worktree, at the newest commit of the remote's branch to start from.
    ///
    /// # Errors
    /// No repository, no identity, no base; a branch with commits of others; a message with a secret.
    pub fn begin(run: &Arc<Run>, wanted: Wanted) -> Result<Edit> {
        let is_secret = |text: &String| run.watch.is_secret(text);
        if wanted.push_options.iter().chain([&wanted.message, &wanted.branch]).any(is_secret) {
            let message = format!("the change on `{}` contains a secret", wanted.branch);
            return Err(Error::usage(message)
                .hint("leave it out of the branch's name, the message and the description"));
        }
        let repository = Repository::open(run, &wanted.folder, wanted.remote.as_deref())?;
        repository.check_identity()?;
        let scratch = Scratch::new(&repository)?;
        let target = Target::read(&repository, &scratch, &wanted.branch, wanted.base.as_deref())?;
        let tree = scratch.tree();
        let words = ["worktree", "add", "--quiet", "--detach", &tree.to_string_lossy()];
        let base = target.base_commit.as_str();
        repository.git.text("git cannot make a worktree", &[&words[..], &[base]].concat())?;
        Ok(Edit { wanted, repository, target, scratch })
    }

    /// The folder to edit: that of the script, in the worktree.
    pub fn folder(&self) -> PathBuf {
        self.scratch.tree().join(&self.repository.prefix)
    }

    /// Commits and pushes what was edited. Under `--dry-run` it only says so, and `edited` tells whether
    /// anything would have been.
    ///
    /// # Errors
    /// A hook or the remote refuses it, in the words of git; nothing of the user's has changed then.
    pub fn conclude(&self, run: &Run, edited: bool) -> Result<Edited> {
        let (branch, base) = (&self.wanted.branch, &self.target.base);
        let remote = &self.repository.remote;
        let mut result = Edited {
            changed: edited,
            pushed: false,
            branch: branch.clone(),
            base: base.clone(),
            commit: String::new(),
        };
        let log = |level, message: &str| run.watch.report.log(level, message);
        if run.options.dry_run {
            if edited {
                run.may_change(&format!(
                    "commit this to the branch `{branch}` and push it to `{remote}`"
                ));
            }
            return Ok(result);
        }
        let git = self.repository.git.at(&self.scratch.tree());
        git.text("git cannot add the change", &["add", "--all"])?;
        let tree = git.text("git cannot write the change", &["write-tree"])?;
        let of = |commit: &str| {
            git.text("git cannot read a commit", &["rev-parse", &format!("{commit}^{{tree}}")])
        };
        if of(&self.target.base_commit)? == tree {
            log(Level::Info, &format!("nothing to commit: `{base}` of `{remote}` has it already"));
            result.changed = false;
            return Ok(result);
        }
        result.changed = true;
        if let Some(ours) = &self.target.ours {
            let words = ["merge-base", "--is-ancestor", &self.target.base_commit, ours];
            if of(ours)? == tree && git.output(&words)?.status == 0 {
                log(Level::Info, &format!("the branch `{branch}` of `{remote}` has it already"));
                result.commit.clone_from(ours);
                return Ok(result);
            }
        }
        self.commit(&tree, &[])?;
        let committed = of("HEAD")?;
        if committed != tree {
            // A hook changed more: the trailer tells what is in the commit.
            self.commit(&committed, &["--amend"])?;
        }
        result.commit = git.text("git cannot read the commit", &["rev-parse", "HEAD"])?;
        self.push()?;
        result.pushed = true;
        let short = result.commit.get(..10).unwrap_or(&result.commit);
        log(Level::Success, &format!("pushed {short} to the branch `{branch}` of `{remote}`"));
        Ok(result)
    }

    fn commit(&self, tree: &str, options: &[&str]) -> Result<()> {
        let git = self.repository.git.at(&self.scratch.tree());
        let message = format!("{}\n\n{TRAILER}: {tree}\n", self.wanted.message.trim_end());
        let file = self.scratch.file("message");
        std::fs::write(&file, message).map_err(|error| Error::io("write", &file, error))?;
        let file = file.to_string_lossy();
        let words = [&["commit", "--quiet", "--file", &file], options].concat();
        let committed = git.output(&words)?.text(|| {
            Error::failed("git commit failed").hint(
                "see what git says above: a hook, or a key to sign with that asks at a terminal",
            )
        });
        committed.map(drop)
    }

    fn push(&self) -> Result<()> {
        let settings = self.repository.from_worktree.clone();
        let git = self.repository.git.at(&self.scratch.tree()).with(settings);
        let branch = &self.wanted.branch;
        // Empty: there must be no such branch yet.
        let seen = self.target.ours.as_deref().unwrap_or_default();
        let lease = format!("--force-with-lease=refs/heads/{branch}:{seen}");
        let options: Vec<String> =
            self.wanted.push_options.iter().map(|it| format!("--push-option={it}")).collect();
        let what = format!("HEAD:refs/heads/{branch}");
        let mut words = PUSH.to_vec();
        words.push(&lease);
        words.extend(options.iter().map(String::as_str));
        words.extend([self.repository.remote.as_str(), &what]);
        let pushed = git.output(&words)?;
        if pushed.status != 0 {
            return Err(rejected(&self.repository, branch, &pushed));
        }
        for line in pushed.words().iter().filter_map(|line| line.strip_prefix("remote:")) {
            let line = line.trim();
            if !line.is_empty() {
                git.run.watch.report.log(Level::Info, line);
            }
        }
        Ok(())
    }
}

/// The error of a push, by the lines that git writes for programs.
fn rejected(repository: &Repository, branch: &str, push: &Output) -> Error {
    let remote = &repository.remote;
    let refused = push.stdout.lines().find(|line| line.starts_with("!\t"));
    let reason = refused.and_then(|line| line.rsplit('\t').next());
    let lacks_options = push.stderr.contains("does not support push options");
    let code = match (refused, push.status) {
        (Some(_), _) => Code::Refused,
        (None, _) if lacks_options => Code::Refused,
        (None, 128) => Code::Connection,
        _ => Code::Failed,
    };
    let error = Error::new(code, format!("the push to `{branch}` of `{remote}` was refused"));
    let told = reason.map(said::plain);
    let error = told.into_iter().chain(push.words()).fold(error, Error::cause);
    error.hint(match (reason, code) {
        (Some(reason), _) if reason.starts_with("[rejected]") => {
            "somebody else pushed to this branch just now: run the same command again".to_owned()
        }
        (Some(_), _) => format!(
            "a rule or hook of the server refuses `{branch}`: allow it there, or give another name by `branch`"
        ),
        (None, _) if lacks_options => {
            "requests are opened by push options, which this server does not take: is it GitLab? With `forge: none` \
             the branch alone is pushed"
                .to_owned()
        }
        (None, Code::Connection) => {
            "give this user the right to push, and a login that git finds without asking: a key in an \
             agent, a credential helper (`gh auth setup-git`)"
                .to_owned()
        }
        _ => "see what git says above: a hook `pre-push` may have stopped it".to_owned(),
    })
}
