//! `~/.ssh/config` where OpenSSH's client is not installed: what a parser without `Match exec` makes
//! of it. A line that is not needed here is passed over, whatever it says.

use std::io::Cursor;
use std::path::Path;

use ssh2_config::{Algorithms, ParseRule, SshConfig};

use super::alias::{Alias, duration, set};
use super::allowed::Allowed;
use super::config_copy::{self, Rewrite};
use super::private_folder::private_folder;
use crate::report::{Level, Report};
use crate::{Error, Result};

/// The options that are used.
const NEEDED: [&str; 38] = [
    "host",
    "match",
    "include",
    "hostname",
    "port",
    "user",
    "identityfile",
    "certificatefile",
    "identitiesonly",
    "identityagent",
    "proxyjump",
    "proxycommand",
    "connecttimeout",
    "serveraliveinterval",
    "serveralivecountmax",
    "hostkeyalias",
    "userknownhostsfile",
    "globalknownhostsfile",
    "stricthostkeychecking",
    "revokedhostkeys",
    "knownhostscommand",
    "hostkeyalgorithms",
    "ciphers",
    "macs",
    "kexalgorithms",
    "bindaddress",
    "bindinterface",
    "addressfamily",
    "proxyusefdpass",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
    "casignaturealgorithms",
    "requiredrsasize",
    "pubkeyauthentication",
    "preferredauthentications",
    "checkhostip",
    "rekeylimit",
    "pkcs11provider",
];

/// Reads `home/.ssh/config`; without that file everything is unset.
pub(super) fn look_up(home: &Path, name: &str, report: &dyn Report) -> Result<Alias> {
    let path = home.join(".ssh/config");
    let folder = private_folder("imgctl-ssh-")
        .map_err(|error| Error::failed("cannot create a temporary folder").cause(error))?;
    let keep = |keyword: &str| NEEDED.contains(&keyword);
    let rewrite = Rewrite::new(home, &keep);
    let Some(copy) = config_copy::copy(&path, &rewrite, folder.path())? else {
        return Ok(Alias::default());
    };
    let text = std::fs::read_to_string(&copy).map_err(|error| Error::io("read", &copy, error))?;
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
    let params = config.query(name);
    let mut alias = Alias {
        host_name: params.host_name,
        port: params.port,
        user: params.user,
        jump: params.proxy_jump.unwrap_or_default(),
        connect_timeout: params.connect_timeout,
        alive_interval: params.server_alive_interval,
        methods: Allowed {
            host_keys: list(&params.host_key_algorithms),
            ciphers: list(&params.ciphers),
            integrity: list(&params.mac),
            key_exchange: list(&params.kex_algorithms),
            user_keys: list(&params.pubkey_accepted_algorithms),
            authorities: list(&params.ca_signature_algorithms),
            rsa_bits: None,
        },
        bind_address: params.bind_address,
        bind_interface: params.bind_interface,
        ..Alias::default()
    };
    alias.jump.retain(|jump| !jump.eq_ignore_ascii_case("none"));
    for file in params.identity_file.unwrap_or_default() {
        set(&mut alias, "identityfile", &file.display().to_string());
    }
    if params.pubkey_authentication == Some(false) {
        set(&mut alias, "pubkeyauthentication", "no");
    }
    for (keyword, words) in params.unsupported_fields.iter().chain(&params.ignored_fields) {
        set(&mut alias, &keyword.to_ascii_lowercase(), &words.join(" "));
    }
    Ok(alias)
}

/// What a line of the file has changed.
fn list(methods: &Algorithms) -> Option<String> {
    (!methods.is_default()).then(|| methods.algorithms().join(","))
}

/// The parser does not support `Match` and would add its options to the block before it. So
/// `Match host` and `Match all` become `Host` blocks; others are removed from the text and returned.
/// It takes no units of time either.
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
            (Some(option @ ("connecttimeout" | "serveraliveinterval")), Some(time)) => {
                match duration(time) {
                    Some(time) => line = format!("{option} {}", time.as_secs()),
                    None => continue,
                }
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
    fn lines_that_are_not_needed_are_passed_over_and_times_have_units() {
        let alias = read(
            "Host box\n ServerAliveInterval 1m\n AddKeysToAgent ask\n ConnectTimeout 1m30s\n \
             Nonsense\n StrictHostKeyChecking yes\n",
            "box",
        );
        assert_eq!(alias.connect_timeout, Some(std::time::Duration::from_secs(90)));
        assert_eq!(alias.alive_interval, Some(std::time::Duration::from_secs(60)));
        assert_eq!(alias.strictness, crate::ssh::alias::Strictness::Yes);
    }

    #[test]
    fn no_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        let alias = look_up(home.path(), "box", &Silent).unwrap();
        assert!(alias.host_name.is_none() && alias.jump.is_empty());
    }
}
