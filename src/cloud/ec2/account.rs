//! The account that the credentials belong to. With those of another account, nothing of a run would
//! be found, and everything be taken for gone.

use super::client::Clients;
use crate::report::{Level, Watch};
use crate::{Code, Result};

/// The account's number. None if the service for it does not answer: not every EC2-compatible
/// endpoint has one.
pub async fn number(clients: &Clients, watch: &Watch) -> Result<Option<String>> {
    let asked = clients.call_sts("GetCallerIdentity", watch, |client| async move {
        client.get_caller_identity().send().await
    });
    match asked.await {
        Ok(identity) => Ok(identity.account),
        Err(fault) => {
            let is_unsent = fault.is_unsent();
            let error = fault.into_error();
            if is_unsent && matches!(error.code(), Code::Authentication | Code::Interrupted) {
                return Err(error);
            }
            let message =
                format!("the account is unknown, so that of the state is not checked: {error}");
            watch.report.log(Level::Warning, &message);
            Ok(None)
        }
    }
}
