//! The address of a remote: which server, and which project there.

use reqwest::Url;

use crate::report::Watch;

/// As long as tokens are, and longer than names of users.
const TOKEN: usize = 20;

/// Where a remote is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `github.com`, with the port of HTTP if it is not the usual one. Empty: a folder.
    pub host: String,
    /// `owner/name`, or more parts.
    pub project: String,
}

impl Address {
    /// Reads `https://host/owner/name.git`, `ssh://git@host/owner/name`, `git@host:owner/name.git` and paths.
    #[must_use]
    pub fn parse(text: &str) -> Address {
        let project = |path: &str| {
            let path = path.trim_matches('/');
            path.strip_suffix(".git").unwrap_or(path).to_owned()
        };
        if text.contains("://") {
            let Ok(url) = Url::parse(text) else {
                return Address { host: String::new(), project: String::new() };
            };
            let host = url.host_str().unwrap_or_default();
            let host = match url.port() {
                Some(port) if url.scheme().starts_with("http") => format!("{host}:{port}"),
                _ => known(host),
            };
            return Address { host, project: project(url.path()) };
        }
        match ssh(text) {
            Some((host, path)) => Address { host: known(&host), project: project(path) },
            None => Address { host: String::new(), project: project(text) },
        }
    }
}

/// Host and path of SSH's short form: `git@host:path`, `git@[::1]:path`, `[git@host:2222]:path`.
fn ssh(text: &str) -> Option<(String, &str)> {
    let bracket = text.find(']').filter(|end| !text[..*end].contains('/')).unwrap_or_default();
    let colon = bracket + text[bracket..].find(':')?;
    let (host, path) = (&text[..colon], &text[colon + 1..]);
    if host.is_empty() || host.contains('/') {
        return None;
    }
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let name = inner.unwrap_or(host);
    let name = name.rsplit_once('@').map_or(name, |(_, name)| name);
    // A port is only in brackets.
    let port = name.rsplit_once(':').filter(|(name, _)| inner.is_some() && !name.contains(':'));
    let name = port.map_or(name, |(name, _)| name);
    Some((name.to_owned(), path))
}

/// The host by the name that its API has.
fn known(host: &str) -> String {
    // Upper case is the same host. What follows is where SSH is on the port of HTTPS, for firewalls.
    match host.to_ascii_lowercase() {
        host if host == "ssh.github.com" => "github.com".to_owned(),
        host => host,
    }
}

/// The address, if it is a path that does not begin at the root.
#[must_use]
pub fn relative(address: &str) -> Option<&str> {
    let is_folder = !address.contains("://") && Address::parse(address).host.is_empty();
    Some(address).filter(|it| is_folder && !it.is_empty() && !it.starts_with(['/', '~']))
}

/// Tells what is secret in an address, which git repeats in its messages: as it is written, and as it is sent.
pub fn hide(address: &str, watch: &Watch) {
    let Some((scheme, rest)) = address.split_once("://") else { return };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((login, _)) = authority.rsplit_once('@') else { return };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    // A token may stand before the colon as well: `https://TOKEN:x-oauth-basic@host`.
    let is_token = scheme.starts_with("http") && user.len() >= TOKEN;
    let secrets = [Some(user).filter(|_| is_token), Some(password)];
    for secret in secrets.into_iter().flatten().filter(|secret| !secret.is_empty()) {
        watch.report.secret(secret);
        watch.report.secret(&decoded(secret));
    }
}

/// Without the `%40` of an address.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let byte = byte.filter(|_| *first == b'%');
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Activity, Level, Report, Silent, Stream};

    #[test]
    fn a_path_may_be_relative() {
        for (text, is) in [
            ("../ci.git", true),
            ("ci", true),
            ("/srv/ci.git", false),
            ("git@github.com:org/ci", false),
            ("https://github.com/org/ci", false),
            ("file:///srv/ci", false),
        ] {
            assert_eq!(relative(text).is_some(), is, "{text}");
        }
    }

    #[test]
    fn what_is_secret_in_an_address_is_known() {
        #[derive(Default)]
        struct Told(std::sync::Mutex<Vec<String>>);
        impl Report for Told {
            fn log(&self, _: Level, _: &str) {}
            fn output(&self, _: &str, _: Stream, _: &str) {}
            fn secret(&self, value: &str) {
                self.0.lock().unwrap().push(value.to_owned());
            }
            fn redacted(&self, text: &str) -> String {
                text.to_owned()
            }
            fn activity(&self, _: &str) -> Box<dyn Activity> {
                Box::new(Silent)
            }
        }
        for (address, secrets) in [
            ("https://user:p%40ss|1@host/x", &["p%40ss|1", "p@ss|1"][..]),
            (
                "https://ghp_0123456789abcdefghij:x-oauth@host/x",
                &["ghp_0123456789abcdefghij", "x-oauth"],
            ),
            ("https://ghp_0123456789abcdefghij@host/x", &["ghp_0123456789abcdefghij"]),
            ("https://user:@host/x", &[]),
            ("https://host/x:y@z", &[]),
            ("ssh://a-user-with-a-very-long-name@host/x", &[]),
            ("git@host:x", &[]),
        ] {
            let told = std::sync::Arc::new(Told::default());
            hide(address, &Watch { report: told.clone(), cancel: Default::default() });
            let mut told = told.0.lock().unwrap().clone();
            told.dedup();
            assert_eq!(told, secrets, "{address}");
        }
    }

    #[test]
    fn every_form_of_an_address_names_host_and_project() {
        let of = |text: &str| {
            let Address { host, project } = Address::parse(text);
            format!("{host} {project}")
        };
        for (text, is) in [
            ("https://github.com/org/ci.git", "github.com org/ci"),
            ("https://x-access-token:secret@github.com/org/ci", "github.com org/ci"),
            ("https://git.example.com:8443/org/ci/", "git.example.com:8443 org/ci"),
            ("ssh://git@git.example.com:2222/org/ci.git", "git.example.com org/ci"),
            ("git@github.com:org/ci.git", "github.com org/ci"),
            ("gitlab.example.com:group/sub/ci.git", "gitlab.example.com group/sub/ci"),
            ("git@GitHub.com:org/ci.git", "github.com org/ci"),
            ("ssh://git@ssh.github.com:443/org/ci.git", "github.com org/ci"),
            ("git@[::1]:org/ci.git", "[::1] org/ci"),
            ("[git@git.example.com:2222]:org/ci.git", "git.example.com org/ci"),
            ("file:///srv/git/ci.git", " srv/git/ci"),
            ("/srv/git/ci.git", " srv/git/ci"),
            ("../ci:2.git", " ../ci:2"),
        ] {
            assert_eq!(of(text), is, "{text}");
        }
    }
}
