//! The cloud itself: one region of an account, with its settings and the SDK's clients.

use std::time::Duration;

use tokio::sync::OnceCell;

use super::client::Clients;
use crate::Result;
use crate::cloud::Call;
use crate::cloud::wait::{self, Patience};
use crate::config::ec2::Settings;

/// The least time between two requests of a wait: EC2 limits the rate of the whole account.
const GAP: Duration = Duration::from_millis(500);

/// One region of an account.
pub struct Ec2 {
    pub(super) settings: Settings,
    pub(super) distribution: String,
    pub(super) clients: Clients,
    pub(super) account: OnceCell<Option<String>>,
}

impl Ec2 {
    /// `region` may be empty: then the SDK's own chain names it.
    #[must_use]
    pub fn new(settings: Settings, region: &str, distribution: &str) -> Ec2 {
        let clients = Clients::new(&settings, region);
        let account = OnceCell::new();
        Ec2 { settings, distribution: distribution.to_owned(), clients, account }
    }

    pub(super) fn patience(&self, deadline: Duration) -> Patience {
        Patience::for_up_to(deadline).at_most_every(self.settings.poll_every).with_gaps_of(GAP)
    }

    /// [`wait::for_a_while`] at EC2's pace. EC2's servers may disagree for some seconds on what exists
    /// (docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
    pub(super) async fn for_a_while<T, F>(
        &self,
        what: &str,
        call: &Call,
        look: impl FnMut() -> F,
    ) -> Result<Option<T>>
    where
        F: Future<Output = Result<Option<T>>>,
    {
        let patience = self.patience(self.settings.start_timeout);
        wait::for_a_while(what, patience, &call.watch, look).await
    }
}
