//! The SDK's errors as errors of imgctl: the request, EC2's reason, and what to do about it.

use std::error::Error as _;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

use super::credential_sources::NoProfile;
use super::meaning;
use super::transport::Untrusted;
use super::unsupported::Unsupported;
use crate::{Code, Error, said};

/// A request that failed for good. Becomes an [`Error`] unless its code says that all is well.
#[derive(Debug)]
pub struct Fault {
    code: String,
    /// An earlier attempt without a clear answer may have been carried out.
    is_uncertain: bool,
    error: Error,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        fault.error
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault { code: String::new(), is_uncertain: false, error }
    }
}

impl Fault {
    pub fn new<E>(
        service: &str,
        action: &str,
        region: &str,
        error: SdkError<E, HttpResponse>,
    ) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let request = format!("{service}:{action} in {region}");
        match &error {
            SdkError::ServiceError(refusal) => {
                let status = refusal.raw().status().as_u16();
                let away = refusal.raw().headers().get("location");
                // The query may hold a secret.
                let away = away.and_then(|to| to.split('?').next());
                let away = away.map(|to| format!("it redirects to {to}"));
                let refusal = refusal.err();
                let code = refusal.code().filter(|code| !code.is_empty()).map(str::to_owned);
                // A proxy, or a server that is not AWS's.
                let code = code.unwrap_or_else(|| format!("{}{status}", meaning::FOREIGN));
                let message = refusal.message().map(str::to_owned).or(away).unwrap_or_default();
                let permission = format!("{service}:{action}");
                let error = meaning::error(&request, &permission, status, &code, &message);
                Fault { code, is_uncertain: false, error }
            }
            SdkError::TimeoutError(_) => {
                Error::new(Code::Connection, format!("{request}: no answer in time"))
                    .hint("check the network, any proxy, and the endpoint")
                    .into()
            }
            other => unanswered(&request, other).into(),
        }
    }

    /// Whether this is EC2's error code, or one of that family: `Duplicate` is the end of
    /// `InvalidKeyPair.Duplicate`.
    pub fn is(&self, code: &str) -> bool {
        self.code == code || self.code.strip_suffix(code).is_some_and(|rest| rest.ends_with('.'))
    }

    pub fn is_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.is(code))
    }

    /// The requested resource does not exist (or not yet, just after it was made).
    pub fn is_not_found(&self) -> bool {
        self.is("NotFound") || self.is_any(&["InvalidAMIID.Unavailable", "ParameterNotFound"])
    }

    /// Notes that an earlier attempt of the same request may have been carried out.
    pub fn uncertain(mut self, is_uncertain: bool) -> Fault {
        self.is_uncertain = is_uncertain;
        self
    }

    /// Whether an attempt of this request may have been carried out.
    pub fn is_uncertain(&self) -> bool {
        self.is_uncertain
    }

    /// The same, for a request that was sent before as well, with or without certainty.
    pub fn doubted(self, is_doubtful: bool) -> Fault {
        Fault { is_uncertain: self.is_uncertain || is_doubtful, ..self }
    }

    /// EC2 has refused, so nothing was made: neither by this attempt nor by an earlier one.
    pub fn is_refusal(&self) -> bool {
        let code = self.code.as_str();
        // Whoever answers in place of EC2 does not know what EC2 has done.
        let may_be_done =
            meaning::INTERNAL.contains(&code) || meaning::is_throttling(code) || self.is_foreign();
        !code.is_empty() && !may_be_done && !self.is_uncertain
    }

    /// No answer came from EC2.
    pub fn is_unsent(&self) -> bool {
        self.code.is_empty()
    }

    /// The credentials lack a permission.
    pub fn is_denied(&self) -> bool {
        self.is_any(meaning::UNAUTHORIZED)
    }

    /// The answer is that of a proxy, or of a server that is not AWS's.
    pub fn is_foreign(&self) -> bool {
        self.code.starts_with(meaning::FOREIGN)
    }

    pub fn is_expired(&self) -> bool {
        self.is_any(meaning::EXPIRED)
    }

    pub fn into_error(self) -> Error {
        self.error
    }

    /// The same error as a mistake in config.yaml, whatever EC2 calls it.
    pub fn into_config(self) -> Error {
        self.error.with_code(Code::Config)
    }
}

const REACH: &str = "check the region's name, the network, any proxy, and the endpoint";
const TRUST: &str = "check the endpoint and any proxy; add a private certificate authority to the system's \
                     certificates, or name its file in AWS_CA_BUNDLE or SSL_CERT_FILE";

/// The error of a request that got no reply, or none that can be read.
fn unanswered<E: std::error::Error + Send + Sync + 'static>(
    request: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error {
    let mut causes = Vec::new();
    let mut lacks_credentials = false;
    let mut is_untrusted = false;
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(missing) = cause.downcast_ref::<NoProfile>() {
            return missing.into();
        }
        if let Some(unsupported) = cause.downcast_ref::<Unsupported>() {
            return unsupported.into();
        }
        is_untrusted |= cause.is::<Untrusted>();
        let text = cause.to_string();
        // The SDK's type for credentials that took too long is private, so its text has to do.
        lacks_credentials |=
            cause.is::<CredentialsError>() || text.starts_with("identity resolver timed out");
        // These are layers of the SDK without any information.
        if causes.last() != Some(&text) && !["other", "service error"].contains(&text.as_str()) {
            causes.push(text);
        }
        next = cause.source();
    }
    let begin = if lacks_credentials {
        Error::new(Code::Authentication, format!("{request}: no usable AWS credentials")).hint(
            "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for SSO run `aws sso \
             login`",
        )
    } else {
        let (what, hint) = match error {
            SdkError::ResponseError(_) => ("the reply is not valid", REACH),
            _ if is_untrusted => ("the endpoint is not trusted", TRUST),
            _ => ("the endpoint cannot be reached", REACH),
        };
        Error::new(Code::Connection, format!("{request}: {what}")).hint(hint)
    };
    let profile = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let profile = profile.filter(|_| lacks_credentials);
    // A program that a profile names may print credentials, and the SDK quotes what it says.
    let causes =
        causes.into_iter().map(|cause| if lacks_credentials { said::begin(&cause) } else { cause });
    let error = causes.fold(begin, Error::cause);
    profile.into_iter().fold(error, |error, name| error.cause(format!("AWS_PROFILE is `{name}`")))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::error::ConnectorError;
    use aws_sdk_ec2::operation::run_instances::RunInstancesError;

    use super::*;

    fn code_of(error: ConnectorError) -> Code {
        let error = SdkError::<RunInstancesError, HttpResponse>::dispatch_failure(error);
        Fault::new("ec2", "RunInstances", "r", error).into_error().code()
    }

    #[test]
    fn missing_credentials_are_told_by_the_type_of_the_error() {
        let none = CredentialsError::not_loaded_no_source();
        assert_eq!(code_of(ConnectorError::other(none.into(), None)), Code::Authentication);
        let broken = "unexpected token in the reply";
        assert_eq!(code_of(ConnectorError::io(broken.into())), Code::Connection);
    }
}
