//! Logs in, by keys in memory, in files and in the agent.

use std::time::Instant;

use ssh_key::PublicKey;

use super::agent::Relay;
use super::hop::Hop;
use super::identity::{self, Authentication, Key, Keyring};
use super::limits::Limits;
use super::link::Link;
use super::link_error::{LinkError, session_code};
use super::target::Identity;
use super::trust::Trust;
use super::{certificate, methods};
use crate::report::{Level, Report};
use crate::{Code, Error, Result};

/// `LIBSSH2_ERROR_AUTHENTICATION_FAILED` and `LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED`: the key is not
/// accepted, another may be.
const REJECTED: [i32; 2] = [-18, -19];
/// `LIBSSH2_ERROR_FILE` and `LIBSSH2_ERROR_METHOD_NONE`: the key itself is of no use.
const UNUSABLE: [i32; 2] = [-16, -17];

/// Logs in on a verified connection.
pub(super) fn login(
    link: &Link,
    hop: &Hop,
    authentication: &Authentication,
    report: &dyn Report,
    limits: &mut Limits,
) -> Result<()> {
    let Authentication { trust, keyring } = authentication;
    let mut tries = Tries { link, hop, trust: &**trust, keyring, tried: Vec::new() };
    let keys = load(hop, report, &mut tries.tried)?;
    let named = !hop.identities.is_empty() || hop.configured;

    // Keys that need no question come first, then the agent, then those with an unknown passphrase.
    let (asking, ready): (Vec<_>, Vec<_>) = keys.iter().partition(|key| key.asks(keyring));
    if named && tries.keys(&ready, limits)? {
        return Ok(());
    }
    let only = (named && hop.identities_only).then_some(());
    if tries.agent(&keys, only.is_some(), limits)? {
        return Ok(());
    }
    if !named && tries.keys(&ready, limits)? {
        return Ok(());
    }
    if tries.keys(&asking, limits)? {
        return Ok(());
    }
    Err(tries.failure(limits))
}

/// Reads the keys that the target names, else those of the user's configuration, else the usual ones.
/// One that cannot be used is an error only if the target names it.
fn load(hop: &Hop, report: &dyn Report, tried: &mut Vec<String>) -> Result<Vec<Key>> {
    let read = |identity: &Identity| -> Result<Key> {
        let mut key = identity::load(identity, &hop.certificates, report)?;
        if key.public.as_ref().is_some_and(|public| !methods::allows_certificate(hop, public)) {
            key.certificates.clear();
        }
        Ok(key)
    };
    if !hop.identities.is_empty() {
        let mut keys = hop.identities.iter().map(read).collect::<Result<Vec<_>>>()?;
        keys.retain(|key| is_allowed(hop, key, tried));
        return Ok(keys);
    }
    let mut keys = Vec::new();
    for path in hop.usual_keys.iter().filter(|path| hop.configured || path.exists()) {
        match read(&Identity::File(path.clone())) {
            Ok(key) if is_allowed(hop, &key, tried) => keys.push(key),
            Ok(_) => {}
            Err(error) => {
                report.log(Level::Debug, &format!("[{}] passed over: {error}", hop.label));
                tried.push(format!("{error}"));
            }
        }
    }
    Ok(keys)
}

/// Whether the configuration of SSH allows a key; the reason is noted if not.
fn is_allowed(hop: &Hop, key: &Key, tried: &mut Vec<String>) -> bool {
    let why = key.public.as_ref().and_then(|public| methods::refuses_key(hop, public));
    tried.extend(why.iter().map(|why| format!("{} (not used: {why})", key.name)));
    why.is_none()
}

/// Why a key of the agent, or a certificate for one, is not allowed; none for one of a kind that is not known here.
fn refused_of_agent(hop: &Hop, blob: &[u8]) -> Option<String> {
    match certificate::Certificate::from_bytes(blob) {
        Some(certificate) if !methods::allows_certificate(hop, &certificate.key) => {
            Some("PubkeyAcceptedAlgorithms does not allow its certificate".to_owned())
        }
        Some(certificate) => methods::is_short(hop, &certificate.key),
        None => methods::refuses_key(hop, &PublicKey::from_bytes(blob).ok()?),
    }
}

struct Tries<'a> {
    link: &'a Link,
    hop: &'a Hop,
    trust: &'a dyn Trust,
    keyring: &'a Keyring,
    /// The keys that were offered, and why each was not accepted.
    tried: Vec<String>,
}

impl Tries<'_> {
    fn keys(&mut self, keys: &[&Key], limits: &mut Limits) -> Result<bool> {
        for key in keys.iter().filter(|key| !key.is_public) {
            let asked = Instant::now();
            let Some(unlocked) = key.unlock(self.keyring, self.trust) else {
                self.tried.push(format!("{} (locked, no passphrase)", key.name));
                continue;
            };
            // The time to type a passphrase does not count as connection time.
            limits.deadline = limits.deadline.map(|deadline| deadline + asked.elapsed());
            let name = match &key.public {
                Some(public) => format!("{} ({})", key.name, public.algorithm().as_str()),
                None => key.name.clone(),
            };
            // A server that knows the authority may know nothing else.
            let certificates = key.certificates.iter().map(|line| Some(line.as_str()));
            for public in certificates.chain([None]) {
                let (session, user) = (&self.link.session, &self.hop.user);
                let result = self.link.call(limits, || {
                    let passphrase = unlocked.passphrase.as_deref();
                    session.userauth_pubkey_memory(user, public, &unlocked.pem, passphrase)
                });
                let name = match public {
                    Some(_) => format!("the certificate of {name}"),
                    None => name.clone(),
                };
                if self.accepted(name, result)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Tries the agent's keys: those that also are among `keys` first, or `only` those.
    fn agent(&mut self, keys: &[Key], only: bool, limits: &Limits) -> Result<bool> {
        let Some(socket) = &self.hop.agent else { return Ok(false) };
        let relay = match Relay::open(socket, limits) {
            Ok(relay) => relay,
            Err(why) => {
                self.tried.push(format!("the agent ({why})"));
                return Ok(false);
            }
        };
        let listed = (|| {
            let mut agent = self.link.session.agent()?;
            agent.set_identity_path(&relay.path())?;
            agent.connect()?;
            agent.list_identities()?;
            let identities = agent.identities()?;
            Ok::<_, ssh2::Error>((agent, identities))
        })();
        let (mut agent, mut identities) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.tried.push(format!("the agent (no answer: {})", error.message()));
                return Ok(false);
            }
        };
        let is_named = |identity: &ssh2::PublicKey| {
            let blob = identity.blob();
            keys.iter().any(|key| {
                let public = key.public.as_ref().and_then(|key| key.to_bytes().ok());
                let certificates =
                    key.certificates.iter().filter_map(|line| certificate::bytes(line));
                public.into_iter().chain(certificates).any(|bytes| bytes == blob)
            })
        };
        if only {
            identities.retain(is_named);
        }
        identities.retain(|identity| {
            let why = refused_of_agent(self.hop, identity.blob());
            self.tried.extend(
                why.iter().map(|why| format!("{} (agent, not used: {why})", identity.comment())),
            );
            why.is_none()
        });
        // Servers count the keys that they refuse.
        identities.sort_by_key(|identity| !is_named(identity));
        let mut done = false;
        for identity in &identities {
            let result = self.link.call(limits, || agent.userauth(&self.hop.user, identity));
            if self.accepted(format!("{} (agent)", identity.comment()), result)? {
                done = true;
                break;
            }
        }
        for key in keys.iter().filter(|key| key.is_public && !done) {
            self.tried.push(format!("{} (only its public half, for an agent)", key.name));
        }
        // Only closes our connection to the agent.
        let _ = agent.disconnect();
        Ok(done)
    }

    fn accepted(&mut self, name: String, result: Result<(), LinkError>) -> Result<bool> {
        match result {
            Ok(()) => Ok(true),
            Err(error) if error.code().is_some_and(|code| REJECTED.contains(&code)) => {
                self.tried.push(name);
                Ok(false)
            }
            Err(LinkError::Ssh(error)) if UNUSABLE.contains(&session_code(&error)) => {
                self.tried.push(format!("{name} (cannot be used: {})", error.message()));
                Ok(false)
            }
            Err(error) => {
                let Hop { label, user, .. } = self.hop;
                let error = error.error(format!("[{label}] cannot log in as {user} with {name}"));
                Err(match self.tried.len() {
                    // Servers close the connection at the sixth key.
                    5.. => error.hint("name the key to use: too many keys were tried"),
                    _ => error,
                })
            }
        }
    }

    fn failure(&self, limits: &Limits) -> Error {
        let Hop { label, user, .. } = self.hop;
        let error =
            Error::new(Code::Authentication, format!("[{label}] no key was accepted for {user}"));
        let error = if self.tried.is_empty() {
            error.cause("there was no key to try")
        } else {
            error.cause(format!("tried: {}", self.tried.join(", ")))
        };
        let methods =
            self.link.call(limits, || self.link.session.auth_methods(user).map(str::to_string));
        let error = match methods {
            Ok(methods) => error.cause(format!("the server accepts {methods}")),
            // The server may have closed the connection after the last key.
            Err(_) => error,
        };
        error.hint(format!(
            "check that {user} is the right user and has the public key in its authorized_keys"
        ))
    }
}
