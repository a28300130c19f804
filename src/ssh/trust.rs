//! What SSH remembers and asks: host keys accepted earlier, and passphrases.

use crate::Result;
use crate::report::{Level, Report};

/// Keeps the keys of hosts accepted on first use, and asks for passphrases.
pub trait Trust: Send + Sync {
    /// The key accepted for `host:port` earlier, as an OpenSSH line.
    fn pinned(&self, address: &str) -> Option<String>;
    /// Remembers a key accepted on first use.
    fn pin(&self, address: &str, key: &str) -> Result<()>;
    /// Tells of a key that is accepted on first use.
    fn announce(&self, message: &str, report: &dyn Report) {
        report.log(Level::Warning, message);
    }
    /// Asks the user for the passphrase of an encrypted key; None if there is nobody to ask.
    fn passphrase(&self, key: &str) -> Option<String>;
}
