//! The limit of a reply's size, which the SDK does not have.

use std::fmt;

use aws_sdk_ec2::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, InterceptorContext,
};
use aws_sdk_ec2::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_ec2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ec2::error::BoxError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Bytes of a reply: the largest pages of EC2 have some two million.
const MOST: usize = 16 << 20;

/// The reply is longer than is read of one.
#[derive(Debug)]
struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has more than {} MiB", MOST >> 20)
    }
}

impl std::error::Error for TooLong {}

/// Ends the reading of a reply at the limit.
#[derive(Debug)]
pub struct Size;

impl Intercept for Size {
    fn name(&self) -> &'static str {
        "size"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let body = Limited::new(response.take_body(), MOST);
        let body = body.map_err(|error| -> BoxError {
            match error.is::<LengthLimitError>() {
                true => TooLong.into(),
                false => error,
            }
        });
        *response.body_mut() = SdkBody::from_body_1_x(body);
        Ok(())
    }
}

/// Keeps the SDK from asking again for what was too long.
impl ClassifyRetry for Size {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = context.output_or_error().and_then(|outcome| outcome.err());
        let mut cause = failed.map(|error| error as &dyn std::error::Error);
        while let Some(error) = cause {
            if error.is::<TooLong>() {
                return RetryAction::RetryForbidden;
            }
            cause = error.source();
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "size"
    }
}
