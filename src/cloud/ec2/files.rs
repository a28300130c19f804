//! The files of AWS's tools, looked at before the SDK reads them: it would wait for a pipe for ever, and read a
//! device until no memory is left.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

use crate::read;
use crate::{Error, Result};

/// The variable that names a file, and where it is without that, below the home.
const FILES: [(&str, Option<&str>); 4] = [
    ("AWS_CONFIG_FILE", Some(".aws/config")),
    ("AWS_SHARED_CREDENTIALS_FILE", Some(".aws/credentials")),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", None),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", None),
];

/// Refuses a file that cannot be read to its end. One that does not exist, or that this user cannot read, is the
/// SDK's to pass over or to tell.
///
/// # Errors
/// `Code::Config`, with the file; `Code::Interrupted`.
pub fn check(cancelled: &dyn Fn() -> bool) -> Result<()> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = set("HOME").map(PathBuf::from);
    for (variable, usual) in FILES {
        let below = |path: PathBuf| match (path.strip_prefix("~"), &home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        };
        let named = set(variable).map(|path| below(path.into()));
        let Some(path) = named.or_else(|| Some(home.as_ref()?.join(usual?))) else { continue };
        let failed = match read::bytes(&path, read::MOST, cancelled) {
            Ok(_) => continue,
            Err(error) => error,
        };
        if failed.kind() == ErrorKind::Interrupted {
            return Err(Error::interrupted());
        }
        if matches!(failed.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) {
            continue;
        }
        let hint = match usual {
            Some(usual) => format!("correct {variable}, or ~/{usual}"),
            None => format!("correct {variable}, or unset it"),
        };
        return Err(Error::config(format!("cannot read {}", path.display()))
            .cause(failed)
            .hint(hint));
    }
    check_caches(home.as_deref())?;
    authorities(cancelled).map(drop)
}

/// Files that logins leave for the SDK, below the home.
const CACHES: [&str; 2] = [".aws/sso/cache", ".aws/login/cache"];

fn check_caches(home: Option<&Path>) -> Result<()> {
    let folders = CACHES.iter().filter_map(|folder| home?.join(folder).read_dir().ok());
    for path in folders.flatten().flatten().map(|entry| entry.path()) {
        let is_folder = path.is_dir();
        if let Err(why) = read::regular(&path)
            && !is_folder
        {
            return Err(Error::config(format!("cannot read {}", path.display()))
                .cause(why)
                .hint("remove it, and log in again: `aws sso login`"));
        }
    }
    Ok(())
}

/// Authorities that AWS's tools are told to trust.
const BUNDLE: &str = "AWS_CA_BUNDLE";

/// The authorities in the file that [`BUNDLE`] names, trusted besides those of this computer.
///
/// # Errors
/// `Code::Config` if it cannot be read or holds none; `Code::Interrupted`.
pub fn authorities(cancelled: &dyn Fn() -> bool) -> Result<Vec<Certificate>> {
    let Some(path) = std::env::var_os(BUNDLE).filter(|value| !value.is_empty()) else {
        return Ok(Vec::new());
    };
    let path = PathBuf::from(path);
    let refused = |why: String| {
        let message = format!("{BUNDLE} names {}, which cannot be used", path.display());
        Error::config(message).cause(why).hint(format!(
            "let {BUNDLE} name a file with -----BEGIN CERTIFICATE----- in it, or unset it"
        ))
    };
    read::regular(&path).map_err(refused)?;
    let text = match read::bytes(&path, read::MOST, cancelled) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::Interrupted => return Err(Error::interrupted()),
        Err(error) => return Err(refused(error.to_string())),
    };
    let found = Certificate::from_pem_bundle(&text).unwrap_or_default();
    match found.is_empty() {
        true => Err(refused("it holds no certificates".to_owned())),
        false => Ok(found),
    }
}
