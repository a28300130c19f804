//! The options of OpenSSH's configuration that are used here, and their forms.

use std::time::Duration;

use super::allowed::{Allowed, Family};

/// What an unknown or changed host key means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Strictness {
    /// Only known keys are accepted.
    Yes,
    /// A new key is accepted, said aloud and pinned.
    #[default]
    Ask,
    /// A new key is accepted, also where the host has an authority.
    AcceptNew,
    /// A changed key is accepted as well.
    No,
}

/// The supported options. Tokens and `~` in the names of keys and in commands stand as written.
#[derive(Debug, Default)]
pub(super) struct Alias {
    pub(super) host_name: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) user: Option<String>,
    pub(super) identities: Vec<String>,
    pub(super) certificates: Vec<String>,
    pub(super) identities_only: bool,
    /// `none`, `SSH_AUTH_SOCK`, `$NAME` or a path.
    pub(super) agent: Option<String>,
    pub(super) jump: Vec<String>,
    pub(super) proxy_command: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) host_key_alias: Option<String>,
    pub(super) known_hosts: Option<Vec<String>>,
    /// Those of the whole machine.
    pub(super) system_known_hosts: Option<Vec<String>>,
    pub(super) strictness: Strictness,
    /// Files of keys that no host may have.
    pub(super) revoked: Vec<String>,
    /// Prints lines of `known_hosts`.
    pub(super) known_hosts_command: Option<String>,
    pub(super) methods: Allowed,
    pub(super) bind_address: Option<String>,
    pub(super) bind_interface: Option<String>,
    pub(super) family: Option<Family>,
    /// The proxy command hands a socket over.
    pub(super) hands_over: bool,
    /// None where OpenSSH would send no messages.
    pub(super) alive_interval: Option<Duration>,
    pub(super) alive_most: Option<u32>,
    /// The option that forbids to log in by a key.
    pub(super) without_keys: Option<&'static str>,
    /// Options that make connections safer in OpenSSH, or last longer, and that are not used here.
    pub(super) unused: Vec<&'static str>,
}

/// What is known about a host before its options are.
pub(super) struct Asked<'a> {
    pub(super) host: &'a str,
    pub(super) user: Option<&'a str>,
    pub(super) port: Option<u16>,
    /// The way to it is given: no `ProxyJump` or `ProxyCommand` is looked for.
    pub(super) has_way: bool,
    /// Whether nobody waits for the answer any more.
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

/// One option, as all of OpenSSH's outputs and files name it. The first value of an option counts.
pub(super) fn set(alias: &mut Alias, keyword: &str, value: &str) {
    let value = value.trim();
    let is_none = value.eq_ignore_ascii_case("none");
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    let (is_yes, is_no) = (is(&["yes", "true"]), is(&["no", "false"]));
    let text = || Some(unquoted(value));
    match keyword {
        "hostname" => alias.host_name = alias.host_name.take().or_else(text),
        "port" => alias.port = alias.port.or(value.parse().ok()),
        "user" => alias.user = alias.user.take().or_else(text),
        "identityfile" if !is_none => alias.identities.push(unquoted(value)),
        "certificatefile" if !is_none => alias.certificates.push(unquoted(value)),
        "identitiesonly" => alias.identities_only = is_yes,
        "identityagent" => alias.agent = alias.agent.take().or_else(text),
        "proxyjump" if !is_none => {
            alias.jump = value.split(',').map(|hop| hop.trim().to_string()).collect();
        }
        "proxycommand" if !is_none => alias.proxy_command = Some(value.to_string()),
        "connecttimeout" => alias.connect_timeout = duration(value),
        "serveraliveinterval" => alias.alive_interval = alias.alive_interval.or(duration(value)),
        "serveralivecountmax" => alias.alive_most = alias.alive_most.or(value.parse().ok()),
        "hostkeyalias" => alias.host_key_alias = text(),
        "userknownhostsfile" => alias.known_hosts = Some(files(value)),
        "globalknownhostsfile" => alias.system_known_hosts = Some(files(value)),
        "revokedhostkeys" => alias.revoked = files(value),
        "knownhostscommand" if !is_none => {
            alias.known_hosts_command =
                alias.known_hosts_command.take().or(Some(value.to_string()));
        }
        "hostkeyalgorithms" => first(&mut alias.methods.host_keys, value),
        "ciphers" => first(&mut alias.methods.ciphers, value),
        "macs" => first(&mut alias.methods.integrity, value),
        "kexalgorithms" => first(&mut alias.methods.key_exchange, value),
        "bindaddress" => first(&mut alias.bind_address, value),
        "bindinterface" if !is_none => first(&mut alias.bind_interface, value),
        "addressfamily" => {
            let family = match value.to_ascii_lowercase().as_str() {
                "inet" => Family::Four,
                "inet6" => Family::Six,
                _ => Family::Any,
            };
            alias.family = alias.family.or(Some(family));
        }
        "proxyusefdpass" => alias.hands_over = is_yes,
        "pubkeyacceptedalgorithms" | "pubkeyacceptedkeytypes" => {
            first(&mut alias.methods.user_keys, value);
        }
        "casignaturealgorithms" => first(&mut alias.methods.authorities, value),
        "requiredrsasize" => alias.methods.rsa_bits = alias.methods.rsa_bits.or(value.parse().ok()),
        "pubkeyauthentication" if is_no => alias.without_keys = Some("PubkeyAuthentication no"),
        "preferredauthentications" if !value.split(',').any(|it| it.trim() == "publickey") => {
            alias.without_keys = Some("PreferredAuthentications without publickey");
        }
        "checkhostip" if is_yes => alias.unused.push("CheckHostIP"),
        "rekeylimit" if !["0 0", "default none"].contains(&value) => {
            alias.unused.push("RekeyLimit");
        }
        "connectionattempts" if value != "1" => alias.unused.push("ConnectionAttempts"),
        "pkcs11provider" if !is_none => alias.unused.push("PKCS11Provider"),
        "stricthostkeychecking" => {
            alias.strictness = match value.to_ascii_lowercase().as_str() {
                "yes" | "true" => Strictness::Yes,
                "accept-new" => Strictness::AcceptNew,
                "no" | "off" | "false" => Strictness::No,
                _ => Strictness::Ask,
            }
        }
        _ => {}
    }
}

fn first(option: &mut Option<String>, value: &str) {
    if option.is_none() && !value.is_empty() {
        *option = Some(unquoted(value));
    }
}

fn files(value: &str) -> Vec<String> {
    let words = shlex::split(value).unwrap_or_else(|| vec![value.to_string()]);
    words.into_iter().filter(|word| !word.eq_ignore_ascii_case("none")).collect()
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value).to_string()
}

/// `30`, `1m30s`, `2h`: as in sshd_config(5), TIME FORMATS. None for `none` and zero.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (mut sum, mut digits) = (0u64, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        let count: u64 = std::mem::take(&mut digits).parse().ok()?;
        sum = sum.checked_add(count.checked_mul(unit)?)?;
    }
    if !digits.is_empty() {
        sum = sum.checked_add(digits.parse().ok()?)?;
    }
    (sum > 0).then(|| Duration::from_secs(sum))
}
