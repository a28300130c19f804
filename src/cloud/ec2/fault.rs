//! The SDK's errors in our words: what was asked, what EC2 says, what to do about it.

use std::error::Error as _;

use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};

use crate::{Code, Error};

/// A request that failed for good. Becomes an [`Error`] unless its code says that all is well.
#[derive(Debug)]
pub struct Fault {
    code: String,
    error: Error,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        fault.error
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault { code: String::new(), error }
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
        let asked = format!("{service}:{action} in {region}");
        let (code, message) = match &error {
            SdkError::ServiceError(refusal) => {
                let refusal = refusal.err();
                let code = refusal.code().unwrap_or_default().to_owned();
                (code, refusal.message().unwrap_or_default().to_owned())
            }
            SdkError::TimeoutError(_) => {
                return Error::new(Code::Timeout, format!("{asked}: no answer in time"))
                    .hint("check the network, any proxy, and the endpoint")
                    .into();
            }
            other => return unsent(&asked, other).into(),
        };
        let error = refused(&asked, &format!("{service}:{action}"), &code, &message);
        Fault { code, error }
    }

    /// Whether this is EC2's error code, or one of that family: `Duplicate` is the end of
    /// `InvalidKeyPair.Duplicate`.
    pub fn is(&self, code: &str) -> bool {
        self.code == code || self.code.strip_suffix(code).is_some_and(|rest| rest.ends_with('.'))
    }

    pub fn is_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.is(code))
    }

    /// The thing asked for does not exist (or not yet, just after it was made).
    pub fn is_not_found(&self) -> bool {
        self.is("NotFound") || self.is_any(&["InvalidAMIID.Unavailable", "ParameterNotFound"])
    }

    /// EC2 has said no: nothing was made. Its own trouble may have come after it was.
    pub fn is_refusal(&self) -> bool {
        let trouble = ["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];
        !self.code.is_empty() && !trouble.contains(&self.code.as_str())
    }

    /// No answer came that was EC2's.
    pub fn is_unsent(&self) -> bool {
        self.code.is_empty()
    }

    pub fn is_expired(&self) -> bool {
        self.is_any(&["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
    }

    pub fn into_error(self) -> Error {
        self.error
    }
}

/// Nothing came back that EC2 had said.
fn unsent<E: std::error::Error + Send + Sync + 'static>(
    asked: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        // Layers of the SDK that say nothing themselves.
        if causes.last() != Some(&text) && !["other", "service error"].contains(&text.as_str()) {
            causes.push(text);
        }
        next = cause.source();
    }
    let about = |words: &[&str]| {
        causes.iter().any(|cause| words.iter().any(|word| cause.to_lowercase().contains(word)))
    };
    let begin = if about(&["credential", "sso", "identity", "token"]) {
        Error::new(Code::Authentication, format!("{asked}: there are no AWS credentials to use"))
            .hint("set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for SSO run `aws sso login`")
    } else {
        let name = if matches!(error, SdkError::ResponseError(_)) {
            "the answer makes no sense"
        } else {
            "the endpoint cannot be reached"
        };
        Error::new(Code::Connection, format!("{asked}: {name}"))
            .hint("check the region's name, the network, any proxy, and the endpoint")
    };
    causes.into_iter().fold(begin, Error::cause)
}

/// EC2 has said no.
fn refused(asked: &str, permission: &str, code: &str, message: &str) -> Error {
    // An encoded explanation is of use only to who may decode it, and fills a screen.
    let message = message.split(" Encoded authorization failure message").next().unwrap_or(message);
    let cause = format!("{code}: {message}");
    let make = |kind, what: &str, hint: &str| {
        let error = Error::new(kind, format!("{asked}: {what}")).cause(&cause);
        if hint.is_empty() { error } else { error.hint(hint) }
    };
    match code {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            // One request may need several permissions; newer messages name the one that is missing.
            let named =
                message.split("to perform: ").nth(1).and_then(|rest| rest.split(' ').next());
            let missing = named.unwrap_or(permission);
            let hint =
                format!("the action missing is {missing}; docs/ec2.md has a policy for each task");
            make(Code::Refused, "these credentials may not do that", &hint)
        }
        "AuthFailure" if message.contains("Not authorized for") => {
            make(Code::Refused, "it belongs to another account", "")
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => make(
            Code::Authentication,
            "the credentials have expired",
            "renew them (`aws sso login`, or what made them) and give the same command again; is the \
             clock right?",
        ),
        "AuthFailure"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException"
        | "MissingAuthenticationToken" => make(
            Code::Authentication,
            "the credentials are not accepted",
            "`aws sts get-caller-identity` shows who you are; is the region enabled in the account?",
        ),
        "RequestLimitExceeded" | "Throttling" | "ThrottlingException" | "EC2ThrottledException" => {
            make(Code::Refused, "still throttled after many tries", "give the same command again")
        }
        "InternalError" | "InternalFailure" | "ServiceUnavailable" | "Unavailable" => {
            make(Code::Refused, "EC2 has trouble of its own", "give the same command again later")
        }
        "InsufficientInstanceCapacity" | "InsufficientHostCapacity" | "InsufficientCapacity" => {
            make(
                Code::Refused,
                "there is no room for this instance type now",
                "list more types in instance_type, choose another subnet, or try later",
            )
        }
        "OptInRequired" => make(Code::Refused, "the account has no subscription for this", ""),
        "OperationNotPermitted" => make(
            Code::Refused,
            "it is protected, or the account's rules forbid it",
            "is termination or deregistration protection on?",
        ),
        _ if code.ends_with("LimitExceeded") || code.ends_with("QuotaExceeded") => make(
            Code::Refused,
            "a quota of the account is used up",
            "`imgctl gc` finds what is forgotten; the Service Quotas console raises it",
        ),
        _ if code.contains("NotFound") => make(Code::NotFound, "there is no such thing", ""),
        _ if code.ends_with("Duplicate") => make(Code::Refused, "it exists already", ""),
        _ if code.starts_with("Invalid")
            || code.starts_with("Missing")
            || code == "Unsupported" =>
        {
            make(Code::Config, "EC2 does not take what was asked", "")
        }
        _ => make(Code::Refused, "EC2 refuses", ""),
    }
}
