//! What the user's configuration allows for connections: methods, and addresses.

/// The lists of `~/.ssh/config`, as it has them; None where it has none.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed {
    pub(super) host_keys: Option<String>,
    pub(super) ciphers: Option<String>,
    pub(super) integrity: Option<String>,
    pub(super) key_exchange: Option<String>,
    /// Of the user's keys, with those of their certificates.
    pub(super) user_keys: Option<String>,
    /// By which authorities may sign certificates of hosts.
    pub(super) authorities: Option<String>,
    /// The bits that a key of RSA has at least, of hosts and of the user.
    pub(super) rsa_bits: Option<usize>,
}

/// Which addresses are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Family {
    #[default]
    Any,
    Four,
    Six,
}
