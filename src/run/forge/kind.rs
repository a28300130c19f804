//! Which kind of server a remote is on, and which project there.

use super::request::Server;
use crate::error::nearest;
use crate::run::git::Address;
use crate::{Error, Result};

pub use crate::config::Forge;

const NAMES: &[(&str, Forge)] =
    &[("github", Forge::Github), ("gitlab", Forge::Gitlab), ("none", Forge::None)];

impl Forge {
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, forge)| *forge == self).map_or("none", |(name, _)| name)
    }

    /// What the settings say, else what the host's name tells.
    ///
    /// # Errors
    /// Neither of them does.
    pub fn find(address: &Address, server: &Server) -> Result<Forge> {
        if let Some(given) = &server.forge {
            let known = NAMES.iter().find(|(name, _)| name == given);
            return known.map(|(_, forge)| *forge).ok_or_else(|| {
                let error = Error::config(format!("`{given}` is no kind of server"));
                let names = NAMES.iter().map(|(name, _)| *name);
                match nearest(given, names) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("use github, gitlab or none"),
                }
            });
        }
        let host = address.host.as_str();
        if host.is_empty() {
            return Ok(Forge::None);
        }
        let is_of = |variable: &str| {
            let server = std::env::var(variable).unwrap_or_default();
            !server.is_empty() && Address::parse(&server).host == host
        };
        if host == GITHUB || is_of("GITHUB_SERVER_URL") {
            Ok(Forge::Github)
        } else if host.split('.').any(|part| part == "gitlab") || is_of("CI_SERVER_URL") {
            Ok(Forge::Gitlab)
        } else {
            Err(Error::config(format!("it is not known which kind of server {host} is"))
                .hint("set `forge` to github, gitlab or none"))
        }
    }
}

pub const GITHUB: &str = "github.com";

/// The base address of GitHub's API for a host: the setting, that of GitHub's own jobs, or the usual one.
pub fn api(address: &Address, server: &Server) -> String {
    let of_job = || std::env::var("GITHUB_API_URL").ok().filter(|it| !it.is_empty());
    let usual = || match address.host.as_str() {
        GITHUB => format!("https://api.{GITHUB}"),
        host => format!("https://{host}/api/v3"),
    };
    let api = server.api.clone().or_else(of_job).unwrap_or_else(usual);
    api.trim_end_matches('/').to_owned()
}

/// A project on a server.
pub struct Place {
    pub forge: Forge,
    pub host: String,
    pub project: String,
    pub api: String,
}

impl Place {
    /// # Errors
    /// It is not known what kind of server it is, or which project there.
    pub fn find(address: &Address, server: &Server) -> Result<Place> {
        let forge = Forge::find(address, server)?;
        let project = server.project.clone().unwrap_or_else(|| address.project.clone());
        let api = api(address, server);
        Ok(Place { forge, host: address.host.clone(), project, api })
    }
}
