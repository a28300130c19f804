//! Certificates: which servers to trust, and the client's own.

use std::path::{Path, PathBuf};

use crate::cloud::http::Http;
use crate::{Error, Result};

/// How servers and this client prove who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM, trusted besides the system's authorities.
    pub authorities: Option<PathBuf>,
    /// The client's certificate, PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM. None: it is in the file of the certificate.
    pub key: Option<PathBuf>,
    /// Accept any certificate of a server.
    pub insecure: bool,
}

/// An HTTP client with these certificates.
///
/// # Errors
/// `Config` if a file cannot be read or holds no certificate or key.
pub fn http(tls: &Tls) -> Result<Http> {
    let read = |path: &Path| {
        crate::read::bytes(path, crate::read::MOST, &|| false).map_err(|error| {
            Error::config(format!("cannot read {}", path.display())).cause(error).hint(
                "check `cacert`, `cert` and `key` in clouds.yaml, or OS_CACERT, OS_CERT and OS_KEY",
            )
        })
    };
    let authorities = match &tls.authorities {
        None => Vec::new(),
        Some(path) => {
            let none = || {
                Error::config(format!("{} holds no certificates", path.display()))
                    .hint("name a file with -----BEGIN CERTIFICATE----- in it")
            };
            let found = reqwest::Certificate::from_pem_bundle(&read(path)?);
            found.ok().filter(|found| !found.is_empty()).ok_or_else(none)?
        }
    };
    let identity = match (&tls.certificate, &tls.key) {
        (Some(certificate), key) => {
            let both = read(certificate)?;
            let key = key.as_deref().map(read).transpose()?.unwrap_or_else(|| both.clone());
            let identity = reqwest::Identity::from_pkcs8_pem(&both, &key).map_err(|_| {
                Error::config(format!("{} and its key cannot be used", certificate.display()))
                    .hint("convert the key to PEM in PKCS #8 form (BEGIN PRIVATE KEY)")
            })?;
            Some(identity)
        }
        _ => None,
    };
    Http::new(|mut builder| {
        for authority in authorities {
            builder = builder.add_root_certificate(authority);
        }
        if let Some(identity) = identity {
            builder = builder.identity(identity);
        }
        builder.danger_accept_invalid_certs(tls.insecure)
    })
}
