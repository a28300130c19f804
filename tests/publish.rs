//! `imgctl publish`: new images go into the dictionary of a real git repository, by a branch, and a pull request on
//! a server that stands for GitHub.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/beds.rs"]
mod beds;
#[path = "publish/change.rs"]
mod change;
#[path = "publish/channel.rs"]
mod channel;
#[path = "support/echo.rs"]
mod echo;
#[path = "support/git_http.rs"]
mod git_http;
#[path = "support/github.rs"]
mod github;
#[path = "support/project.rs"]
mod project;
#[path = "publish/refused.rs"]
mod refused;
#[path = "publish/remotes.rs"]
mod remotes;
#[path = "support/sshd.rs"]
mod sshd;
#[path = "publish/stage.rs"]
mod stage;
#[path = "support/terminal.rs"]
mod terminal;
