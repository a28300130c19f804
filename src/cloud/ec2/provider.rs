//! The cloud itself: one region of an account, with its settings and the SDK's clients.

use std::time::Duration;

use tokio::sync::OnceCell;

use super::client::{Clients, Login};
use super::named::LastRead;
use crate::cloud::wait::Patience;
use crate::cloud::{Grace, Logins};
use crate::config::ec2::Settings;

/// The least time between two requests of a wait: EC2 limits the rate of the whole account.
const GAP: Duration = Duration::from_millis(500);

/// What was seen and is not found for this long is gone. Packer gave up earlier and lost images that
/// EC2 showed again: <https://github.com/hashicorp/packer/issues/3377>
const ABSENCE: Duration = Duration::from_secs(60);

/// One region of an account.
pub struct Ec2 {
    pub(super) settings: Settings,
    pub(super) distribution: String,
    pub(super) clients: Clients,
    pub(super) account: OnceCell<Option<String>>,
    pub(super) templates: LastRead,
    pub(super) parameters: LastRead,
}

impl Ec2 {
    /// `region` may be empty: then the SDK's own chain names it.
    #[must_use]
    pub fn new(
        settings: Settings,
        region: &str,
        distribution: &str,
        logins: &Logins<Login>,
    ) -> Ec2 {
        let login = logins.of(settings.profile.as_deref().unwrap_or_default());
        let clients = Clients::new(&settings, region, login);
        let (templates, parameters) = (LastRead::default(), LastRead::default());
        let (account, distribution) = (OnceCell::new(), distribution.to_owned());
        Ec2 { settings, distribution, clients, account, templates, parameters }
    }

    pub(super) fn patience(&self, deadline: Duration) -> Patience {
        Patience::for_up_to(deadline).at_most_every(self.settings.poll_every).with_gaps_of(GAP)
    }

    /// From now on: EC2's servers may disagree on what exists.
    pub(super) fn settling(&self) -> Grace {
        let limit = self.settings.settle_timeout;
        Grace::new(limit).absent_after(ABSENCE).at_pace_of(self.patience(limit))
    }
}
