//! What OpenSSH's own client makes of its configuration: the output of `ssh -G NAME`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::alias::{Alias, Asked, set};
use super::config_copy::{self, Rewrite};
use super::private_folder::private_folder;
use super::{account, answer};
use crate::{Code, Error, Result, said};

const SYSTEM: &str = "/etc/ssh/ssh_config";

/// The time for OpenSSH to read its files: a `Match exec` may run programs, names may be looked up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many of the last lines of OpenSSH an error quotes.
const QUOTED_LINES: usize = 20;

/// Options without a meaning here. A file with nothing else need not be asked about, which saves a
/// process for each host.
const HARMLESS: [&str; 9] = [
    "host",
    "sendenv",
    "setenv",
    "hashknownhosts",
    "gssapiauthentication",
    "gssapidelegatecredentials",
    "forwardx11trusted",
    "compression",
    "visualhostkey",
];

/// The keys that OpenSSH tries when none is named; each version has a list of its own.
const USUAL: &str = "~/.ssh/id_";

/// The options for a host; None where OpenSSH's client is not installed.
///
/// # Errors
/// `Code::Config` if OpenSSH does not accept the configuration or the name.
pub(super) fn look_up(home: &Path, asked: &Asked<'_>) -> Result<Option<Alias>> {
    let own = home.join(".ssh/config");
    if is_silent(0, &own) && is_silent(0, Path::new(SYSTEM)) {
        return Ok(Some(Alias::default()));
    }
    let mut command = Command::new("ssh");
    command.args(["-G", "-T"]);
    // OpenSSH goes by the home in the list of users, everything else by the variable.
    let elsewhere = account::home().is_some_and(|account| !same(&account, home));
    let folder;
    let keep = |_: &str| true;
    let rewrite = Rewrite::new(home, &keep);
    if elsewhere {
        folder = private_folder("imgctl-ssh-")
            .map_err(|error| Error::failed("cannot create a temporary folder").cause(error))?;
        command.arg("-F").arg(config_copy::with_home(&own, SYSTEM, &rewrite, folder.path())?);
    }
    if let Some(user) = asked.user {
        command.arg("-l").arg(user);
    }
    if let Some(port) = asked.port {
        command.arg("-p").arg(port.to_string());
    }
    if asked.has_way {
        command.args(["-o", "ProxyJump=none"]);
    }
    command.arg("--").arg(asked.host);
    let Some(printed) = printed(command, asked, &rewrite)? else { return Ok(None) };
    Ok(Some(read(&printed, asked.host)))
}

/// The options in the output of `ssh -G`.
pub(super) fn read(printed: &str, host: &str) -> Alias {
    let mut alias = Alias::default();
    for (keyword, value) in printed.lines().filter_map(|line| line.split_once(' ')) {
        set(&mut alias, &keyword.to_ascii_lowercase(), value);
    }
    // What OpenSSH would do without any configuration is decided elsewhere.
    let usual = |file: &String| file.starts_with(USUAL);
    if alias.identities.len() > 2 && alias.identities.iter().all(usual) {
        alias.identities.clear();
    }
    if alias.host_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(host)) {
        alias.host_name = None;
    }
    alias
}

/// Whether the file, so deep in others, has nothing to say; false if that is hard to tell.
fn is_silent(depth: usize, path: &Path) -> bool {
    if depth > config_copy::DEEPEST {
        return false;
    }
    let text = match crate::read::text(path) {
        Ok(text) => text,
        Err(error) => return error.kind() == std::io::ErrorKind::NotFound,
    };
    text.lines().all(|line| match config_copy::keyword(line) {
        None => true,
        Some((keyword, rest)) if keyword == "include" => {
            // Only the form of the distributions' own file.
            let is_plain = rest.starts_with('/') && !rest.contains([' ', '"', '$', '%']);
            let files = is_plain.then(|| glob::glob(rest).ok()).flatten();
            files.is_some_and(|files| files.flatten().all(|file| is_silent(depth + 1, &file)))
        }
        Some((keyword, _)) => HARMLESS.contains(&keyword.as_str()),
    })
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    real(one) == real(other)
}

/// The standard output; None if there is no such program.
fn printed(command: Command, asked: &Asked<'_>, rewrite: &Rewrite<'_>) -> Result<Option<String>> {
    let host = asked.host;
    let output = match answer::ask(command, PATIENCE, asked.cancelled) {
        Ok(Some(output)) => output,
        Ok(None) if (asked.cancelled)() => return Err(Error::interrupted()),
        Ok(None) => {
            let error = Error::new(Code::Timeout, format!("`ssh -G {host}` did not end in time"));
            return Err(error.hint("check the commands of `Match exec` in ~/.ssh/config"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::failed("cannot run ssh").cause(error)),
    };
    if !output.status.success() {
        let errors = rewrite.of_originals(&String::from_utf8_lossy(&output.stderr));
        let error = Error::config(format!("ssh cannot tell how to reach {host}"));
        return Err(said::last(errors.as_bytes(), QUOTED_LINES)
            .into_iter()
            .fold(error, Error::cause)
            .hint(format!("correct ~/.ssh/config until `ssh -G {host}` succeeds")));
    }
    Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()))
}
