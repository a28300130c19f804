//! The console of an instance.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::provider::Ec2;
use crate::cloud::Call;
use crate::{Error, Result};

impl Ec2 {
    /// The latest output where the instance type has a live console, else what EC2 last saved.
    pub(super) async fn console_output(&self, id: &str, call: &Call) -> Result<String> {
        let ask = |latest: bool| {
            move |ec2: aws_sdk_ec2::Client| {
                let request = ec2.get_console_output().instance_id(id);
                request.set_latest(latest.then_some(true)).send()
            }
        };
        let action = "GetConsoleOutput";
        let reply = match self.clients.call(None, action, &call.watch, ask(true)).await {
            // Instance types that are not built on the Nitro system have no live console.
            Err(fault)
                if fault.is_any(&["UnsupportedOperation", "InvalidParameterCombination"]) =>
            {
                self.clients.call(None, action, &call.watch, ask(false)).await
            }
            other => other,
        };
        let output = reply.map_err(Error::from)?.output.unwrap_or_default();
        let bytes = BASE64_STANDARD
            .decode(output.trim())
            .map_err(|error| Error::failed("EC2's console output is not base64").cause(error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
