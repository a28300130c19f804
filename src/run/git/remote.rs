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
                _ => host.to_owned(),
            };
            return Address { host, project: project(url.path()) };
        }
        match text.split_once(':') {
            Some((host, path)) if !host.contains('/') => {
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                Address { host: host.to_owned(), project: project(path) }
            }
            _ => Address { host: String::new(), project: project(text) },
        }
    }
}

/// The address, if it is a path that does not begin at the root.
#[must_use]
pub fn relative(address: &str) -> Option<&str> {
    let is_folder = !address.contains("://") && Address::parse(address).host.is_empty();
    Some(address).filter(|it| is_folder && !it.is_empty() && !it.starts_with(['/', '~']))
}

/// Tells what is secret in an address, which git repeats in its messages.
pub fn hide(address: &str, watch: &Watch) {
    let Ok(url) = Url::parse(address) else { return };
    match url.password() {
        Some(password) => watch.report.secret(password),
        None if url.scheme().starts_with("http") && url.username().len() >= TOKEN => {
            watch.report.secret(url.username());
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("file:///srv/git/ci.git", " srv/git/ci"),
            ("/srv/git/ci.git", " srv/git/ci"),
            ("../ci:2.git", " ../ci:2"),
        ] {
            assert_eq!(of(text), is, "{text}");
        }
    }
}
