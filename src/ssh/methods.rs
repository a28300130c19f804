//! The methods that the user's configuration allows: `HostKeyAlgorithms`, `Ciphers`, `MACs`,
//! `KexAlgorithms`, `PubkeyAcceptedAlgorithms`, `CASignatureAlgorithms` and `RequiredRSASize`.

use ssh_key::PublicKey;
use ssh2::MethodType;

use super::allowed::Allowed;
use super::certificate::SUFFIX;
use super::hop::Hop;
use super::keys::bits;
use super::known_hosts::glob;
use crate::{Code, Error, Result};

/// Those of these methods that a list allows.
fn allowed<'m>(list: Option<&str>, methods: impl Iterator<Item = &'m str>) -> Vec<&'m str> {
    methods.filter(|method| list.is_none_or(|list| allows(list, method))).collect()
}

/// `+LIST` and `^LIST` only add to what is usual.
fn allows(list: &str, method: &str) -> bool {
    let names = |list: &str| list.split(',').any(|pattern| glob(pattern.trim(), method));
    match list.chars().next() {
        Some('+' | '^') => true,
        Some('-') => !names(&list[1..]),
        _ => names(list),
    }
}

/// Why the configuration of SSH does not allow a key of the user, if it does not.
pub(super) fn refuses_key(hop: &Hop, key: &PublicKey) -> Option<String> {
    is_short(hop, key).or_else(|| {
        let kind = key.algorithm();
        let is_allowed = signatures(kind.as_str()).iter().any(|method| allows_key(hop, method));
        (!is_allowed).then(|| format!("PubkeyAcceptedAlgorithms does not allow {}", kind.as_str()))
    })
}

/// Whether the configuration of SSH allows a certificate for a key of this kind.
pub(super) fn allows_certificate(hop: &Hop, key: &PublicKey) -> bool {
    let kind = key.algorithm();
    let kinds = signatures(kind.as_str());
    kinds.iter().any(|method| allows_key(hop, &format!("{method}{SUFFIX}")))
}

/// Why the configuration of SSH does not allow a host's key, if it does not.
pub(super) fn is_short(hop: &Hop, key: &PublicKey) -> Option<String> {
    let (bits, least) = (bits(key.key_data().rsa()?), hop.methods.rsa_bits?);
    (bits < least).then(|| format!("it has {bits} bits, and RequiredRSASize is {least}"))
}

/// Why an authority must not sign by this method, if the configuration of SSH does not allow it.
pub(super) fn refuses_authority(hop: &Hop, method: &str) -> Option<String> {
    let list = hop.methods.authorities.as_deref()?;
    let message =
        || format!("it is signed by {method}, which CASignatureAlgorithms does not allow");
    (!allows(list, method)).then(message)
}

fn allows_key(hop: &Hop, method: &str) -> bool {
    hop.methods.user_keys.as_deref().is_none_or(|list| allows(list, method))
}

/// The methods by which a key of this kind signs.
fn signatures(kind: &str) -> Vec<&str> {
    match kind {
        "ssh-rsa" => vec!["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
        kind => vec![kind],
    }
}

/// Host keys of these kinds are asked for.
///
/// # Errors
/// `Code::Config` if the user's configuration allows none of them.
pub(super) fn host_keys(hop: &Hop, methods: &str) -> Result<String> {
    let list = hop.methods.host_keys.as_deref();
    let left = allowed(list, methods.split(','));
    match (left.is_empty(), list) {
        (true, Some(list)) => Err(none(hop, "HostKeyAlgorithms", list, methods)),
        _ => Ok(left.join(",")),
    }
}

/// Restricts a session that is not connected yet to what the user's configuration allows.
///
/// # Errors
/// `Code::Config` if nothing of a kind is left.
pub(super) fn restrict(session: &ssh2::Session, hop: &Hop) -> Result<()> {
    let Allowed { ciphers, integrity, key_exchange, .. } = &hop.methods;
    let kinds: [(&str, &Option<String>, &[MethodType]); 3] = [
        ("KexAlgorithms", key_exchange, &[MethodType::Kex]),
        ("Ciphers", ciphers, &[MethodType::CryptCs, MethodType::CryptSc]),
        ("MACs", integrity, &[MethodType::MacCs, MethodType::MacSc]),
    ];
    let refused = |error: ssh2::Error| {
        Error::new(Code::Connection, format!("[{}] cannot prepare the handshake", hop.label))
            .cause(error.message())
    };
    for (option, list, methods) in kinds {
        let Some(list) = list else { continue };
        for method in methods {
            let known = session.supported_algs(*method).map_err(refused)?;
            let left = allowed(Some(list), known.iter().copied());
            if left.is_empty() {
                return Err(none(hop, option, list, &known.join(",")));
            }
            session.method_pref(*method, &left.join(",")).map_err(refused)?;
        }
    }
    Ok(())
}

fn none(hop: &Hop, option: &str, list: &str, known: &str) -> Error {
    let message = format!("[{}] nothing that {option} allows can be used", hop.label);
    Error::config(message)
        .cause(format!("the configuration of SSH allows {list}"))
        .cause(format!("imgctl knows {known}"))
        .hint(format!("add one of these to {option} of {} in ~/.ssh/config", hop.alias))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Silent;
    use crate::ssh::environment::UserEnvironment;
    use crate::ssh::route;
    use crate::ssh::target::Target;

    /// A host with these options.
    fn hop(methods: Allowed) -> Hop {
        let target = Target { host: "box".into(), user: Some("me".into()), ..Target::default() };
        let hop = route::resolve(&target, &UserEnvironment::default(), &Silent).unwrap();
        Hop { methods, ..hop }
    }

    fn key(kind: &str) -> PublicKey {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let mut command = std::process::Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-f"]).arg(&path).args(kind.split(' '));
        assert!(command.status().unwrap().success());
        PublicKey::read_openssh_file(&path.with_extension("pub")).unwrap()
    }

    #[test]
    fn keys_are_of_a_kind_and_length_that_is_allowed() {
        let list = |text: &str| Some(text.to_owned());
        let (rsa, other) = (key("-t rsa -b 1024"), key("-t ed25519"));
        let free = hop(Allowed::default());
        assert_eq!((refuses_key(&free, &rsa), refuses_key(&free, &other)), (None, None));
        assert!(allows_certificate(&free, &rsa));
        let long = hop(Allowed { rsa_bits: Some(1025), ..Allowed::default() });
        let why = "it has 1024 bits, and RequiredRSASize is 1025";
        assert_eq!(is_short(&long, &rsa).as_deref(), Some(why));
        assert_eq!(refuses_key(&long, &rsa).as_deref(), Some(why));
        assert_eq!(refuses_key(&long, &other), None);
        let user_keys = list("rsa-sha2-512,ssh-ed25519-cert-v01@openssh.com");
        let some = hop(Allowed { user_keys, ..Allowed::default() });
        assert_eq!(refuses_key(&some, &rsa), None);
        assert!(refuses_key(&some, &other).is_some_and(|why| why.ends_with("ssh-ed25519")));
        assert!(allows_certificate(&some, &other) && !allows_certificate(&some, &rsa));
    }

    #[test]
    fn authorities_sign_by_the_methods_that_are_allowed() {
        let authorities = Some("ssh-ed25519,rsa-sha2-*".to_owned());
        let hop = hop(Allowed { authorities, ..Allowed::default() });
        assert_eq!(refuses_authority(&hop, "rsa-sha2-512"), None);
        assert!(refuses_authority(&hop, "ssh-rsa").is_some());
    }

    #[test]
    fn a_list_names_adds_to_or_takes_from_what_is_usual() {
        let methods = || ["ssh-ed25519", "rsa-sha2-512"].into_iter();
        assert_eq!(allowed(None, methods()).len(), 2);
        assert_eq!(allowed(Some("+ssh-dss"), methods()).len(), 2);
        assert_eq!(allowed(Some("^rsa-sha2-512"), methods()).len(), 2);
        assert_eq!(allowed(Some("-rsa-*"), methods()), ["ssh-ed25519"]);
        assert_eq!(allowed(Some("ssh-dss,rsa-sha2-*"), methods()), ["rsa-sha2-512"]);
        assert!(allowed(Some("ssh-dss"), methods()).is_empty());
    }
}
