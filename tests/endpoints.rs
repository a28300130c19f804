//! What imgctl tells an endpoint stays between the two: no credential is shown when an endpoint, or a
//! proxy before it, repeats it in an error, and none is sent to where a redirect leads.
#![cfg(all(feature = "ec2", feature = "gce", feature = "openstack", feature = "rackspace"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/echo.rs"]
mod echo;
#[path = "support/guest.rs"]
mod guest;

use echo::Echo;
use guest::CloudProject;

/// How a cloud is used, with which variables, and the values of those that are secret.
struct Way {
    name: &'static str,
    words: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    /// Also the parts of values that are sent as they are.
    secrets: &'static [&'static str],
}

const OPENSTACK: &[&str] = &["cloud:openstack", "distribution:debian12", "list_images"];
const RACKSPACE: &[&str] =
    &["cloud:rackspace", "region:ORD", "distribution:debian12", "list_images"];

const WAYS: [Way; 6] = [
    Way {
        name: "a password for keystone",
        words: OPENSTACK,
        variables: &[
            ("OS_USERNAME", "me"),
            ("OS_PASSWORD", "pass\"word-K3yst0ne"),
            ("OS_PROJECT_NAME", "ci"),
        ],
        secrets: &["word-K3yst0ne"],
    },
    Way {
        name: "an application credential",
        words: OPENSTACK,
        variables: &[
            ("OS_AUTH_TYPE", "v3applicationcredential"),
            ("OS_APPLICATION_CREDENTIAL_ID", "0123"),
            ("OS_APPLICATION_CREDENTIAL_SECRET", "application-s3cret"),
        ],
        secrets: &["application-s3cret"],
    },
    Way {
        name: "a token for keystone",
        words: OPENSTACK,
        variables: &[
            ("OS_AUTH_TYPE", "v3token"),
            ("OS_TOKEN", "gAAAAAB-t0ken"),
            ("OS_PROJECT_ID", "1"),
        ],
        secrets: &["gAAAAAB-t0ken"],
    },
    Way {
        name: "a password for Rackspace",
        words: RACKSPACE,
        variables: &[("OS_USERNAME", "me"), ("OS_PASSWORD", "rackspace-passw0rd")],
        secrets: &["rackspace-passw0rd"],
    },
    Way {
        name: "an API key for Rackspace",
        words: RACKSPACE,
        variables: &[("OS_USERNAME", "me"), ("RACKSPACE_API_KEY", "0123456789abcdef-apikey")],
        secrets: &["0123456789abcdef-apikey"],
    },
    Way {
        name: "a session of AWS",
        words: &["cloud:ec2", "region:us-west-2", "distribution:debian12", "list_images"],
        variables: &[
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "aws-s3cret-key"),
            ("AWS_SESSION_TOKEN", "aws-session-t0ken"),
        ],
        secrets: &["aws-s3cret-key", "aws-session-t0ken"],
    },
];

impl Way {
    /// A project that uses it at this endpoint.
    fn project(&self, endpoint: &Echo) -> CloudProject {
        let project = CloudProject::new("{}")
            .env("AWS_ENDPOINT_URL", &endpoint.url())
            .env("OS_AUTH_URL", &endpoint.url())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        self.variables
            .iter()
            .fold(project, |project, (name, value)| project.without(name).env(name, value))
    }
}

#[test]
fn a_credential_that_an_endpoint_repeats_is_not_shown() {
    for (status, kind, body) in [
        ("400 Bad Request", "application/json", "{\"error\": {\"message\": {}, \"code\": 400}}"),
        ("401 Unauthorized", "application/json", "{\"message\": {}}"),
        ("403 Forbidden", "text/plain", "refused: {}"),
        (
            "400 Bad Request",
            "text/xml",
            "<Response><Errors><Error><Code>Bad</Code><Message>{}</Message></Error></Errors></Response>",
        ),
    ] {
        for way in &WAYS {
            let endpoint = Echo::refusing(status, kind, body);
            let project = way.project(&endpoint);
            for output in [&[][..], &["--output", "json"]] {
                let ran = project.imgctl(&[output, way.words].concat());
                assert!(ran.status != 0 && ran.status != 101, "{}: {ran}", way.name);
                for secret in way.secrets {
                    assert!(!ran.stdout.contains(secret), "{}: {ran}", way.name);
                    assert!(!ran.stderr.contains(secret), "{}: {ran}", way.name);
                }
            }
            assert!(!endpoint.requests().is_empty(), "{} was not used", way.name);
        }
    }
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_place() {
    for status in ["307 Temporary Redirect", "302 Found", "308 Permanent Redirect"] {
        for way in &WAYS {
            let elsewhere = Echo::refusing("400 Bad Request", "text/plain", "{}");
            let endpoint = Echo::redirecting(status, &elsewhere);
            let ran = way.project(&endpoint).imgctl(way.words);
            assert!(ran.status != 0 && ran.status != 101, "{}: {ran}", way.name);
            ran.says(&format!("redirects to {}", elsewhere.url()));
            assert!(!endpoint.requests().is_empty(), "{} was not used", way.name);
            assert_eq!(elsewhere.requests(), Vec::<String>::new(), "{}", way.name);
        }
    }
}

#[test]
fn a_reply_without_end_and_one_that_is_no_json_are_errors() {
    for way in [&WAYS[0], &WAYS[4]] {
        let endpoint = Echo::endless("application/json");
        let ran = way.project(&endpoint).imgctl(way.words).fails(3);
        ran.says("sends more than 16 MiB").hints("check the endpoint");
        let endpoint = Echo::saying("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{[,");
        let ran = way.project(&endpoint).imgctl(way.words);
        assert!(ran.status != 0 && ran.status != 101, "{}: {ran}", way.name);
    }
}

#[test]
fn a_reply_of_ec2_without_end_is_an_error() {
    let endpoint = Echo::endless("text/xml");
    let ran = WAYS[5].project(&endpoint).imgctl(WAYS[5].words).fails(3);
    ran.says("it has more than 16 MiB").hints("the endpoint");
    assert!(endpoint.requests().len() < 4, "it is not asked for again");
}

#[test]
fn a_key_with_a_line_break_is_named_before_it_is_used() {
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE\n"),
        ("AWS_SECRET_ACCESS_KEY", "aws s3cret"),
        ("AWS_SESSION_TOKEN", "aws-session\nt0ken"),
    ] {
        let endpoint = Echo::refusing("400 Bad Request", "text/plain", "{}");
        let way = &WAYS[5];
        let project = way.project(&endpoint).without(name).env(name, value);
        let ran = project.imgctl(way.words);
        assert!(ran.status == 2 || ran.status == 3, "{ran}");
        ran.says("contains a blank, a line break").never_says("panicked");
        assert_eq!(endpoint.requests(), Vec::<String>::new());
    }
}

/// A proxy that repeats what it was sent is sent its password, in base64.
#[test]
fn the_password_of_a_proxy_is_not_shown() {
    for way in [&WAYS[0], &WAYS[5]] {
        let proxy = Echo::refusing("403 Forbidden", "text/plain", "refused: {}");
        let address = proxy.url().replace("http://", "http://me:pr%40xy-passw0rd@");
        let project = way
            .project(&proxy)
            .without("OS_AUTH_URL")
            .without("AWS_ENDPOINT_URL")
            .env("OS_AUTH_URL", "http://cloud.invalid/identity/v3")
            .env("AWS_ENDPOINT_URL", "http://cloud.invalid")
            .env("http_proxy", &address);
        let ran = project.imgctl(&[&["-vv"], way.words].concat());
        assert!(ran.status != 0 && ran.status != 101, "{}: {ran}", way.name);
        let requests = proxy.requests();
        // `me:pr@xy-passw0rd`
        let sent = "bWU6cHJAeHktcGFzc3cwcmQ=";
        assert!(requests.iter().any(|request| request.contains(sent)), "{}", way.name);
        for secret in ["pr%40xy-passw0rd", "pr@xy-passw0rd", sent] {
            ran.clone().never_says(secret);
        }
    }
}

/// Clients that follow it turn a request for a change into a look, whose success says nothing.
#[test]
fn a_request_for_a_change_is_not_turned_into_a_look() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other"] {
        let way = &WAYS[0];
        let endpoint = Echo::with(move |request| match request.starts_with("GET /maintenance ") {
            true => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_owned(),
            false => format!(
                "HTTP/1.1 {status}\r\nLocation: /maintenance?why=t0ken\r\nContent-Length: 0\r\n\r\n"
            ),
        });
        let ran = way.project(&endpoint).imgctl(way.words).fails(3);
        ran.says(&format!("redirects to {}/maintenance", endpoint.url())).never_says("why=");
        let looks = endpoint.requests().into_iter().filter(|request| request.starts_with("GET "));
        assert_eq!(looks.collect::<Vec<_>>(), Vec::<String>::new());
    }
}

/// One that asks for the same request within the same server is followed, and not for ever.
#[test]
fn a_redirect_within_a_server_is_followed() {
    let way = &WAYS[0];
    let endpoint = Echo::with(|request| {
        let path = request.split(' ').nth(1).unwrap();
        match request.contains("POST /identity/") && request.contains("word-K3yst0ne") {
            true => "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_owned(),
            false => format!(
                "HTTP/1.1 308 Permanent Redirect\r\nLocation: /identity{path}\r\nContent-Length: 0\r\n\r\n"
            ),
        }
    });
    way.project(&endpoint).imgctl(way.words).fails(3).says("refuses the credentials");
    assert_eq!(endpoint.requests().len(), 2, "the whole request, once more");

    let endless = Echo::with(|request| {
        let path = request.split(' ').nth(1).unwrap();
        format!("HTTP/1.1 307 Again\r\nLocation: {path}x\r\nContent-Length: 0\r\n\r\n")
    });
    way.project(&endless).imgctl(way.words).fails(3).says("redirects to");
    assert!(endless.requests().len() < 10, "{}", endless.requests().len());
}
