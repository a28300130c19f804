//! The options of `~/.ssh/config` for a host.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ssh2_config::{HostParams, ParseRule, SshConfig};

use crate::report::{Level, Report};
use crate::{Error, Result};

/// The supported options, as written: no token is replaced.
#[derive(Debug, Default)]
pub(super) struct Alias {
    pub(super) host_name: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) user: Option<String>,
    pub(super) identities: Vec<PathBuf>,
    pub(super) identities_only: bool,
    /// `none`, `SSH_AUTH_SOCK` or a path.
    pub(super) agent: Option<String>,
    pub(super) jump: Vec<String>,
    pub(super) proxy_command: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) host_key_alias: Option<String>,
    pub(super) known_hosts: Option<Vec<PathBuf>>,
}

/// Reads `home/.ssh/config`; without that file everything is unset.
pub(super) fn look_up(home: &Path, name: &str, report: &dyn Report) -> Result<Alias> {
    let path = home.join(".ssh/config");
    let text = match crate::read::text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Alias::default()),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    let (text, ignored) = without_match(&text);
    for line in ignored {
        report.log(Level::Debug, &format!("{}: the block `{line}` is ignored", path.display()));
    }
    let config = SshConfig::default()
        .home_dir(home)
        .parse(
            &mut Cursor::new(text),
            ParseRule::ALLOW_UNKNOWN_FIELDS | ParseRule::ALLOW_UNSUPPORTED_FIELDS,
        )
        .map_err(|error| Error::config(format!("cannot parse {}", path.display())).cause(error))?;
    Ok(alias(config.query(name), home))
}

fn alias(params: HostParams, home: &Path) -> Alias {
    let words = |name: &str| params.unsupported_fields.get(name);
    let first = |name: &str| words(name).and_then(|words| words.first()).cloned();
    let is_none = |text: &String| text.eq_ignore_ascii_case("none");
    Alias {
        identities_only: first("identitiesonly").is_some_and(|yes| yes.eq_ignore_ascii_case("yes")),
        agent: first("identityagent").map(|path| expand(&path, home)),
        proxy_command: words("proxycommand").map(|words| words.join(" ")).filter(|c| !is_none(c)),
        host_key_alias: first("hostkeyalias"),
        known_hosts: words("userknownhostsfile")
            .map(|files| files.iter().map(|file| expand(file, home).into()).collect()),
        jump: params.proxy_jump.unwrap_or_default().into_iter().filter(|j| !is_none(j)).collect(),
        host_name: params.host_name,
        port: params.port,
        user: params.user,
        identities: params.identity_file.unwrap_or_default(),
        connect_timeout: params.connect_timeout,
    }
}

fn expand(path: &str, home: &Path) -> String {
    match path.strip_prefix("~/") {
        Some(rest) => home.join(rest).display().to_string(),
        None => path.to_string(),
    }
}

/// The parser does not support `Match` and would add its options to the block before it. So
/// `Match host` and `Match all` become `Host` blocks; others are removed from the text and returned.
fn without_match(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut removed, mut skipping) = (String::new(), Vec::new(), false);
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let keyword = words.first().map(|word| word.to_ascii_lowercase());
        let criterion = words.get(1).map(|word| word.to_ascii_lowercase());
        let mut line = line.to_string();
        match (keyword.as_deref(), criterion.as_deref()) {
            (Some("host"), _) => skipping = false,
            (Some("match"), Some("all")) if words.len() == 2 => {
                (skipping, line) = (false, "Host *".to_string());
            }
            (Some("match"), Some("host" | "originalhost")) if words.len() == 3 => {
                (skipping, line) = (false, format!("Host {}", words[2].replace(',', " ")));
            }
            (Some("match"), _) => {
                skipping = true;
                removed.push(line.trim().to_string());
            }
            _ => {}
        }
        if !skipping {
            kept.push_str(&line);
            kept.push('\n');
        }
    }
    (kept, removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;

    fn read(text: &str, name: &str) -> Alias {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join(".ssh/config"), text).unwrap();
        look_up(home.path(), name, &Silent).unwrap()
    }

    #[test]
    fn options_are_read_and_the_first_value_wins() {
        let alias = read(
            "Host box\n HostName 10.0.0.7\n Port 2222\n User ci\n IdentitiesOnly yes\n \
             ProxyCommand nc -x \"a b\" %h %p\nHost *\n User other\n ProxyJump hop1,me@hop2:23\n",
            "box",
        );
        assert_eq!(alias.host_name.as_deref(), Some("10.0.0.7"));
        assert_eq!(alias.port, Some(2222));
        assert_eq!(alias.user.as_deref(), Some("ci"));
        assert!(alias.identities_only);
        assert_eq!(alias.proxy_command.as_deref(), Some("nc -x \"a b\" %h %p"));
        assert_eq!(alias.jump, ["hop1", "me@hop2:23"]);
    }

    #[test]
    fn a_match_block_does_not_leak_into_the_host_before_it() {
        let text =
            "Host box\n Port 23\nMatch exec \"test -e /x\"\n User wrong\nMatch all\n User me\n";
        let alias = read(text, "box");
        assert_eq!((alias.port, alias.user.as_deref()), (Some(23), Some("me")));
    }

    #[test]
    fn no_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        let alias = look_up(home.path(), "box", &Silent).unwrap();
        assert!(alias.host_name.is_none() && alias.jump.is_empty());
    }
}
