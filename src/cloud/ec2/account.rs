//! Whose credentials these are. In another account nothing would be found, and all be taken for gone.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;

use super::Ec2;
use crate::report::{Level, Watch};
use crate::{Code, Result};

/// The answer is there at once or, behind a network that leads to EC2 alone, never.
const PATIENCE: Duration = Duration::from_secs(3);

/// The client for this one question, which needs no permission.
pub fn client(config: &SdkConfig) -> Client {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(PATIENCE).operation_attempt_timeout(PATIENCE);
    let settings = Builder::from(config)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build());
    Client::from_conf(settings.build())
}

/// The account's number. None if nobody answers that: not every EC2 has this service beside it.
pub async fn number(cloud: &Ec2, watch: &Watch) -> Result<Option<String>> {
    let asked = cloud.clients.call_sts("GetCallerIdentity", watch, |client| async move {
        client.get_caller_identity().send().await
    });
    match asked.await {
        Ok(identity) => Ok(identity.account),
        Err(fault) => {
            // A pause wants an explanation; a service that is not there does not.
            let is_unsent = fault.is_unsent();
            let level = if is_unsent { Level::Info } else { Level::Debug };
            let error = fault.into_error();
            if is_unsent && matches!(error.code(), Code::Authentication | Code::Interrupted) {
                return Err(error);
            }
            watch.report.log(level, &format!("the account is not known: {error}"));
            Ok(None)
        }
    }
}
