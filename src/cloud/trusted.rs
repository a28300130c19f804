//! The certificates that the library for TLS trusts, where variables say so. It opens what they name by itself: it
//! would wait for a pipe for ever, and pass over what it cannot read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::{Error, Result, read};

const FILE: &str = "SSL_CERT_FILE";
const FOLDER: &str = "SSL_CERT_DIR";

/// # Errors
/// `Config` for a variable that names something else than files of certificates.
pub fn check() -> Result<()> {
    read::of_variable(read::OPENSSL)?;
    read::of_variable(FILE)?;
    check_folder(std::env::var_os(FOLDER))
}

fn check_folder(value: Option<OsString>) -> Result<()> {
    let Some(path) = value.filter(|value| !value.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let refused = |path: &Path, why: String| {
        let message = format!("{FOLDER} names {}, which cannot be used", path.display());
        Error::config(message)
            .cause(why)
            .hint(format!("let {FOLDER} name a folder of certificates, or unset it"))
    };
    // It is not there: the library goes by the computer's own.
    let Ok(found) = path.metadata() else { return Ok(()) };
    if !found.is_dir() {
        return Err(refused(&path, "it is not a folder".to_owned()));
    }
    let entries = path.read_dir().map_err(|error| refused(&path, error.to_string()))?;
    for entry in entries.flatten().map(|entry| entry.path()).filter(|path| !path.is_dir()) {
        read::regular(&entry).map_err(|why| {
            let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
            refused(&path, format!("{name} in it: {why}"))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_certificates_holds_files() {
        let check = |path: &Path| check_folder(Some(path.into()));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("1234abcd.0")).unwrap();
        check(folder.path()).unwrap();
        check(&folder.path().join("none")).unwrap();
        check_folder(Some(OsString::new())).unwrap();
        assert!(check(&file).unwrap_err().to_string().contains("it is not a folder"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join("0.0"), mode).unwrap();
        let error = check(folder.path()).unwrap_err().to_string();
        assert!(error.contains("SSL_CERT_DIR names") && error.contains("0.0 in it: it is a pipe"));
    }
}
