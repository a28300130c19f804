//! What EC2's error codes mean: a kind of failure, in plain words, with a hint
//! (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).

use crate::{Code, Error};

/// The credentials were valid once.
pub const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// The request may have been carried out.
pub const INTERNAL: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServiceError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
    // With a status of 400: EC2 has not read all of it in time, as it says.
    "RequestTimeout",
    "RequestTimeoutException",
];

/// The credentials lack a permission.
pub const UNAUTHORIZED: &[&str] =
    &["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"];

/// EC2 has one code for credentials, with a status of 401, and for what belongs to another account, with 400.
/// Source: <https://github.com/Orange-Cyberdefense/GOAD/issues/304> shows the latter.
const AUTH_FAILURE: &str = "AuthFailure";
const UNAUTHENTICATED: u16 = 401;

const NOT_ACCEPTED: &[&str] = &[
    AUTH_FAILURE,
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "MissingAuthenticationToken",
];

/// Those that the SDK tries again.
const THROTTLED: &[&str] = &[
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "EC2ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
];

/// Whether EC2 refused because of too many requests.
pub fn is_throttling(code: &str) -> bool {
    THROTTLED.contains(&code)
}

/// Whether EC2 has no machine for the request, which it reports with a status of 500.
pub fn is_no_capacity(code: &str) -> bool {
    code.starts_with("Insufficient") && code.contains("Capacity")
}

/// Stands for the code of a reply that has none.
pub const FOREIGN: &str = "HTTP ";

struct Meaning {
    /// Whether this is the meaning of a code.
    is: fn(&str) -> bool,
    kind: Code,
    what: &'static str,
    /// Empty: EC2's own message is all that can be said.
    hint: &'static str,
}

/// The first that fits a code is its meaning.
const MEANINGS: &[Meaning] = &[
    Meaning {
        is: |code| code.starts_with(FOREIGN),
        kind: Code::Connection,
        what: "the reply is not one of AWS",
        hint: "check the endpoint and any proxy",
    },
    Meaning {
        is: |code| EXPIRED.contains(&code),
        kind: Code::Authentication,
        what: "the credentials have expired",
        hint: "renew them (for SSO: `aws sso login`), check the clock, and run the same command again",
    },
    Meaning {
        is: |code| NOT_ACCEPTED.contains(&code),
        kind: Code::Authentication,
        what: "the credentials are not accepted",
        hint: "check them with `aws sts get-caller-identity`, that this computer's clock is right, and \
               that the region is enabled in the account",
    },
    Meaning {
        is: |code| THROTTLED.contains(&code),
        kind: Code::Refused,
        what: "still throttled after many attempts",
        hint: "run the same command again",
    },
    Meaning {
        is: |code| INTERNAL.contains(&code),
        kind: Code::Refused,
        what: "internal error of the service",
        hint: "run the same command again later",
    },
    Meaning {
        is: is_no_capacity,
        kind: Code::Refused,
        what: "no capacity for this instance type",
        hint: "add more types to `instance_type`, choose another subnet, or try again later",
    },
    Meaning {
        is: |code| code == "InsufficientFreeAddressesInSubnet",
        kind: Code::Refused,
        what: "the subnet has no free address",
        hint: "name another subnet in `subnet`, or several",
    },
    Meaning {
        is: |code| code == "OptInRequired",
        kind: Code::Refused,
        what: "the account has no subscription for this",
        hint: "",
    },
    Meaning {
        is: |code| code == "PendingVerification",
        kind: Code::Refused,
        what: "AWS has not verified the account for this region yet",
        hint: "run the same command again in some minutes; it may take hours",
    },
    Meaning {
        is: |code| code == "OperationNotPermitted",
        kind: Code::Refused,
        what: "the operation is not permitted",
        hint: "check whether termination or deregistration protection is on",
    },
    // Limits of one request or resource, which are the same in every account.
    Meaning {
        is: |code| code == "TagLimitExceeded",
        kind: Code::Config,
        what: "there are too many tags",
        hint: "remove some of `tags`: EC2 takes 50, with those that imgctl sets",
    },
    Meaning {
        is: |code| code == "RulesPerSecurityGroupLimitExceeded",
        kind: Code::Config,
        what: "the security group has too many rules",
        hint: "name fewer or wider ranges in `ssh_from`, or set `security_groups` to one of your own",
    },
    Meaning {
        is: |code| code.starts_with("SecurityGroupsPer") && code.ends_with("LimitExceeded"),
        kind: Code::Config,
        what: "there are too many security groups for one network interface",
        hint: "name fewer `security_groups`",
    },
    Meaning {
        is: |code| {
            ["MaxSpotInstanceCountExceeded", "MaxSpotFleetRequestCountExceeded"].contains(&code)
        },
        kind: Code::Refused,
        what: "the account's quota of spot instances is exhausted",
        hint: "omit `spot`, or raise the quota of spot requests in the Service Quotas console",
    },
    Meaning {
        is: |code| code == "ResourceLimitExceeded",
        kind: Code::Refused,
        what: "too much of the same is being made at once",
        hint: "run the same command again when the copies or snapshots that are being made are finished",
    },
    Meaning {
        is: |code| code == "SpotMaxPriceTooLow",
        kind: Code::Refused,
        what: "the price of spot instances is above `spot.max_price`",
        hint: "raise it, omit it for the on-demand price as the limit, or omit `spot`",
    },
    Meaning {
        is: |code| ["VPCIdNotSpecified", "MissingInput"].contains(&code),
        kind: Code::Config,
        what: "the region has no default network",
        hint: "set `subnet`: this region has no default VPC, or that has no default subnet",
    },
    Meaning {
        is: |code| code.ends_with("LimitExceeded") || code.ends_with("QuotaExceeded"),
        kind: Code::Refused,
        what: "a quota of the account is exhausted",
        hint: "run `imgctl gc` to find forgotten resources, or raise the quota in the Service Quotas \
               console",
    },
    Meaning {
        is: |code| code.contains("NotFound"),
        kind: Code::NotFound,
        what: "not found",
        hint: "",
    },
    Meaning {
        is: |code| code.ends_with("Duplicate"),
        kind: Code::Refused,
        what: "it already exists",
        hint: "",
    },
    Meaning {
        is: |code| {
            code.starts_with("Invalid") || code.starts_with("Missing") || code == "Unsupported"
        },
        kind: Code::Config,
        what: "the request is not valid",
        hint: "",
    },
];

/// The error for EC2's status, code and message. `permission` is the action that a policy must allow for the
/// request.
pub fn error(request: &str, permission: &str, status: u16, code: &str, message: &str) -> Error {
    // The encoded explanation can be decoded by few, and fills a screen.
    let message = message.split(" Encoded authorization failure message").next().unwrap_or(message);
    let make = |kind, what: &str| {
        let cause = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
        Error::new(kind, format!("{request}: {what}")).cause(cause)
    };
    if UNAUTHORIZED.contains(&code) {
        // One request may need several permissions. Only the message says which one is missing.
        let named = message.split("to perform: ").nth(1).and_then(|rest| rest.split(' ').next());
        let missing = named.unwrap_or(permission);
        return make(Code::Refused, "the credentials lack a permission").hint(format!(
            "allow the action {missing}: docs/ec2.md lists the permissions of each task"
        ));
    }
    if code == AUTH_FAILURE && status != UNAUTHENTICATED {
        return make(Code::Refused, "it belongs to another account, which does not share it");
    }
    match MEANINGS.iter().find(|meaning| (meaning.is)(code)) {
        None => make(Code::Refused, "the request is refused"),
        Some(meaning) if meaning.hint.is_empty() => make(meaning.kind, meaning.what),
        Some(meaning) => make(meaning.kind, meaning.what).hint(meaning.hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_meaning() {
        let of = |status, code: &str| error("ec2:X in r", "ec2:X", status, code, "");
        for (status, code, kind) in [
            (401, "AuthFailure", Code::Authentication),
            (400, "AuthFailure", Code::Refused),
            (503, "RequestLimitExceeded", Code::Refused),
            (400, "VcpuLimitExceeded", Code::Refused),
            (400, "TagLimitExceeded", Code::Config),
            (400, "SecurityGroupsPerInterfaceLimitExceeded", Code::Config),
            (400, "MaxSpotInstanceCountExceeded", Code::Refused),
            (503, "BandwidthLimitExceeded", Code::Refused),
            (400, "RequestTimeout", Code::Refused),
            (400, "InvalidAMIID.NotFound", Code::NotFound),
            (400, "InvalidKeyPair.Duplicate", Code::Refused),
            (400, "InvalidParameterValue", Code::Config),
            (400, "MissingInput", Code::Config),
            (400, "SomethingNew", Code::Refused),
        ] {
            assert_eq!(of(status, code).code(), kind, "{status} {code}");
        }
    }

    #[test]
    fn the_missing_permission_is_named() {
        let message = "You are not authorized to perform this operation. User: me is not \
                       authorized to perform: ec2:CreateTags on resource: x. Encoded authorization \
                       failure message: abc";
        let error = error(
            "ec2:RunInstances in r",
            "ec2:RunInstances",
            403,
            "UnauthorizedOperation",
            message,
        );
        assert!(error.hint_text().unwrap().contains("ec2:CreateTags"), "{error}");
        assert!(!error.to_string().contains("abc"), "{error}");
    }
}
