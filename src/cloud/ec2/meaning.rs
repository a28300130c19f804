//! What EC2's error codes mean: a kind of failure, in plain words, with a hint
//! (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).

use crate::{Code, Error};

/// The credentials were valid once.
pub const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// The request may have been carried out.
pub const INTERNAL: &[&str] =
    &["InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable"];

/// The credentials lack a permission.
const UNAUTHORIZED: &[&str] = &["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"];

struct Meaning {
    codes: &'static [&'static str],
    kind: Code,
    what: &'static str,
    /// Empty: EC2's own message is all that can be said.
    hint: &'static str,
}

const MEANINGS: &[Meaning] = &[
    Meaning {
        codes: EXPIRED,
        kind: Code::Authentication,
        what: "the credentials have expired",
        hint: "renew them (for SSO: `aws sso login`), check the clock, and run the same command again",
    },
    Meaning {
        codes: &[
            "AuthFailure",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
            "MissingAuthenticationToken",
        ],
        kind: Code::Authentication,
        what: "the credentials are not accepted",
        hint: "check them with `aws sts get-caller-identity`, and that the region is enabled in the \
               account",
    },
    Meaning {
        codes: &[
            "RequestLimitExceeded",
            "Throttling",
            "ThrottlingException",
            "EC2ThrottledException",
        ],
        kind: Code::Refused,
        what: "still throttled after many attempts",
        hint: "run the same command again",
    },
    Meaning {
        codes: INTERNAL,
        kind: Code::Refused,
        what: "internal error of the service",
        hint: "run the same command again later",
    },
    Meaning {
        codes: &[
            "InsufficientInstanceCapacity",
            "InsufficientHostCapacity",
            "InsufficientCapacity",
        ],
        kind: Code::Refused,
        what: "no capacity for this instance type",
        hint: "add more types to `instance_type`, choose another subnet, or try again later",
    },
    Meaning {
        codes: &["OptInRequired"],
        kind: Code::Refused,
        what: "the account has no subscription for this",
        hint: "",
    },
    Meaning {
        codes: &["OperationNotPermitted"],
        kind: Code::Refused,
        what: "the operation is not permitted",
        hint: "check whether termination or deregistration protection is on",
    },
];

/// Families of codes, by their ends and beginnings; looked up after [`MEANINGS`].
const FAMILIES: &[(fn(&str) -> bool, Meaning)] = &[
    (
        |code| code.ends_with("LimitExceeded") || code.ends_with("QuotaExceeded"),
        Meaning {
            codes: &[],
            kind: Code::Refused,
            what: "a quota of the account is exhausted",
            hint: "run `imgctl gc` to find forgotten resources, or raise the quota in the Service \
                   Quotas console",
        },
    ),
    (
        |code| code.contains("NotFound"),
        Meaning { codes: &[], kind: Code::NotFound, what: "not found", hint: "" },
    ),
    (
        |code| code.ends_with("Duplicate"),
        Meaning { codes: &[], kind: Code::Refused, what: "it already exists", hint: "" },
    ),
    (
        |code| code.starts_with("Invalid") || code.starts_with("Missing") || code == "Unsupported",
        Meaning { codes: &[], kind: Code::Config, what: "the request is not valid", hint: "" },
    ),
];

const OTHER: Meaning =
    Meaning { codes: &[], kind: Code::Refused, what: "the request is refused", hint: "" };

/// The error for EC2's code and message. `permission` is the action that a policy must allow for the
/// request.
pub fn error(request: &str, permission: &str, code: &str, message: &str) -> Error {
    // The encoded explanation can be decoded by few, and fills a screen.
    let message = message.split(" Encoded authorization failure message").next().unwrap_or(message);
    let make = |kind, what: &str| {
        Error::new(kind, format!("{request}: {what}")).cause(format!("{code}: {message}"))
    };
    if UNAUTHORIZED.contains(&code) {
        // One request may need several permissions. Only the message says which one is missing.
        let named = message.split("to perform: ").nth(1).and_then(|rest| rest.split(' ').next());
        let missing = named.unwrap_or(permission);
        return make(Code::Refused, "the credentials lack a permission").hint(format!(
            "allow the action {missing}: docs/ec2.md lists the permissions of each task"
        ));
    }
    // EC2 has one code for credentials and for ownership: only the message tells them apart.
    if code == "AuthFailure" && message.contains("Not authorized for") {
        return make(Code::Refused, "it belongs to another account");
    }
    let known = MEANINGS.iter().find(|meaning| meaning.codes.contains(&code));
    let family = || FAMILIES.iter().find(|(is_of, _)| is_of(code)).map(|(_, meaning)| meaning);
    let meaning = known.or_else(family).unwrap_or(&OTHER);
    let error = make(meaning.kind, meaning.what);
    if meaning.hint.is_empty() { error } else { error.hint(meaning.hint) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_meaning() {
        let of = |code: &str, message: &str| error("ec2:X in r", "ec2:X", code, message);
        for (code, message, kind) in [
            ("AuthFailure", "AWS was not able to validate the credentials", Code::Authentication),
            ("AuthFailure", "Not authorized for images: [ami-1]", Code::Refused),
            ("RequestLimitExceeded", "", Code::Refused),
            ("VcpuLimitExceeded", "", Code::Refused),
            ("InvalidAMIID.NotFound", "", Code::NotFound),
            ("InvalidKeyPair.Duplicate", "", Code::Refused),
            ("InvalidParameterValue", "", Code::Config),
            ("SomethingNew", "", Code::Refused),
        ] {
            assert_eq!(of(code, message).code(), kind, "{code}: {message}");
        }
    }

    #[test]
    fn the_missing_permission_is_named() {
        let message = "You are not authorized to perform this operation. User: me is not \
                       authorized to perform: ec2:CreateTags on resource: x. Encoded authorization \
                       failure message: abc";
        let error =
            error("ec2:RunInstances in r", "ec2:RunInstances", "UnauthorizedOperation", message);
        assert!(error.hint_text().unwrap().contains("ec2:CreateTags"), "{error}");
        assert!(!error.to_string().contains("abc"), "{error}");
    }
}
