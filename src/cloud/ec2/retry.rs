//! Errors that the SDK must not retry by itself.

use aws_sdk_ec2::config::interceptors::InterceptorContext;
use aws_sdk_ec2::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::operation::run_instances::RunInstancesError;
use aws_sdk_ec2::operation::start_instances::StartInstancesError;

use super::meaning;

/// EC2 reports missing capacity with status 500, which the SDK takes for a passing fault: it would
/// retry each instance type for most of a minute.
#[derive(Debug)]
pub struct NoCapacity;

impl ClassifyRetry for NoCapacity {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(|outcome| outcome.err());
        let Some(error) = error.and_then(|error| error.as_operation_error()) else {
            return RetryAction::NoActionIndicated;
        };
        let code = match (
            error.downcast_ref::<RunInstancesError>(),
            error.downcast_ref::<StartInstancesError>(),
        ) {
            (Some(error), _) => error.code(),
            (_, Some(error)) => error.code(),
            (None, None) => None,
        };
        match code {
            Some(code) if meaning::is_no_capacity(code) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "no capacity"
    }
}
