//! The SSH settings of the user who runs imgctl: home, agent, name, `known_hosts`.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

/// What the user's own machine offers to [personal](super::Target::personal) targets.
#[derive(Debug, Clone, Default)]
pub struct UserEnvironment {
    /// Contains `.ssh/config`, `.ssh/known_hosts` and the usual keys.
    pub home: Option<PathBuf>,
    /// The agent's socket.
    pub agent: Option<PathBuf>,
    /// The name to log in with when none is given.
    pub user: Option<String>,
    /// `known_hosts` files of the whole machine.
    pub known_hosts: Vec<PathBuf>,
    /// Ends what is asked about these settings.
    pub cancel: CancellationToken,
}

impl UserEnvironment {
    /// That of this process: `HOME`, `SSH_AUTH_SOCK`, and `USER` or `LOGNAME` or the output of
    /// `id -un`.
    #[must_use]
    pub fn of_process() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        UserEnvironment {
            home: set("HOME").map(PathBuf::from),
            agent: set("SSH_AUTH_SOCK").map(PathBuf::from),
            user: set("USER")
                .or_else(|| set("LOGNAME"))
                .and_then(|name| name.into_string().ok())
                .or_else(name_of_process_owner),
            known_hosts: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
                .map(PathBuf::from)
                .to_vec(),
            cancel: CancellationToken::new(),
        }
    }
}

/// Containers often do not set the variables.
fn name_of_process_owner() -> Option<String> {
    let output = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_string();
    Some(name).filter(|name| output.status.success() && !name.is_empty())
}
