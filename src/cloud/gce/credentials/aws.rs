//! An identity of AWS as an external account: a signed request to AWS that asks who signed it. Google's
//! authority sends it, so that AWS itself confirms the identity.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::aws_metadata::AwsMetadata;
use super::environment::variable;
use crate::cloud::refusals::NO_REASON;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The only version of these credentials that Google has defined.
const VERSION: &str = "aws1";
/// The header that binds the signature to one provider of the workload identity pool.
const RESOURCE: &str = "x-goog-cloud-target-resource";

/// A `credential_source` with an `environment_id`.
#[derive(Deserialize)]
pub struct AwsSource {
    environment_id: String,
    /// Returns the availability zone.
    region_url: Option<String>,
    /// Returns the role, and below it the role's keys.
    url: Option<String>,
    /// Contains `{region}`.
    regional_cred_verification_url: String,
    /// Returns the session token that the other two require (IMDSv2).
    imdsv2_session_token_url: Option<String>,
}

impl AwsSource {
    /// Finds mistakes in the file before any request is sent.
    pub fn check(&self, shown: &str) -> Result<()> {
        let id = &self.environment_id;
        if id != VERSION {
            let message = format!("{shown}: environment_id `{id}` is not supported");
            return Err(Error::config(message).hint(format!("use {VERSION}")));
        }
        let urls = [&self.region_url, &self.url, &self.imdsv2_session_token_url];
        urls.into_iter().flatten().try_for_each(|url| super::aws_metadata::check(url, shown))?;
        host(&self.regional_cred_verification_url.replace("{region}", "us-east-1"))
            .map(drop)
            .ok_or_else(|| {
                let message =
                    format!("{shown}: regional_cred_verification_url is not an https address");
                Error::config(message)
                    .hint("set it to https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&…")
            })
    }

    /// The signed request, in the form that Google's authority accepts as a token.
    pub async fn token(&self, audience: &str, watch: &Watch) -> Result<String> {
        let metadata = AwsMetadata::new(self.imdsv2_session_token_url.as_deref())?;
        let region = self.region(&metadata, watch).await?;
        let keys = self.keys(&metadata, watch).await?;
        let url = self.regional_cred_verification_url.replace("{region}", &region);
        signed(&url, &region, audience, keys, SystemTime::now()).ok_or_else(|| {
            let message = "cannot sign the request to AWS";
            Error::new(Code::Authentication, message)
                .cause(format!("the region is `{region}`"))
                .hint(
                    "check AWS_REGION, AWS_SESSION_TOKEN and the audience of the credentials file",
                )
        })
    }

    async fn region(&self, metadata: &AwsMetadata<'_>, watch: &Watch) -> Result<String> {
        if let Some(region) = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")) {
            return Ok(region);
        }
        let Some(url) = &self.region_url else {
            return Err(Error::config("the region of AWS is not known")
                .cause("neither AWS_REGION nor AWS_DEFAULT_REGION is set")
                .hint(
                    "set AWS_REGION, or region_url in credential_source of the credentials file",
                ));
        };
        let zone = metadata.text(url, "get the region from AWS", watch).await?;
        // `us-east-1d` is a zone of `us-east-1`.
        Ok(zone.trim_end_matches(|char: char| char.is_ascii_alphabetic()).to_owned())
    }

    async fn keys(&self, metadata: &AwsMetadata<'_>, watch: &Watch) -> Result<Credentials> {
        let given = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        if let (Some(id), Some(secret)) = given {
            let token = variable("AWS_SESSION_TOKEN");
            return Ok(Credentials::new(id, secret, token, None, "environment"));
        }
        let Some(url) = &self.url else {
            return Err(Error::new(Code::Authentication, "no AWS keys found")
                .cause("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
                .hint("set them, or url in credential_source of the credentials file"));
        };
        let role = metadata.text(url, "get the role of this machine from AWS", watch).await?;
        let url = format!("{}/{role}", url.trim_end_matches('/'));
        let answer = metadata.text(&url, "get the keys of this machine from AWS", watch).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        match (text("AccessKeyId"), text("SecretAccessKey")) {
            (Some(id), Some(secret)) => {
                Ok(Credentials::new(id, secret, text("Token"), None, "metadata"))
            }
            _ => {
                let message = format!("AWS has no keys for the role {role} of this machine");
                let why = text("Code").unwrap_or_else(|| NO_REASON.to_owned());
                Err(Error::new(Code::Authentication, message).cause(why))
            }
        }
    }
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    url.host_str().map(str::to_owned)
}

/// None for an invalid address, or for characters that no header may contain.
fn signed(
    url: &str,
    region: &str,
    audience: &str,
    keys: Credentials,
    time: SystemTime,
) -> Option<String> {
    let identity = keys.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let host = host(url)?;
    let headers = [("host", host.as_str()), (RESOURCE, audience)];
    let body = SignableBody::Bytes(&[]);
    let request = SignableRequest::new("POST", url, headers.into_iter(), body).ok()?;
    let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
    let header = |(key, value): (&str, &str)| json!({ "key": key, "value": value });
    let headers: Vec<Value> =
        headers.into_iter().chain(instructions.headers()).map(header).collect();
    let request = json!({ "url": url, "method": "POST", "headers": headers, "body": "" });
    Some(percent_encoded(&request.to_string()))
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes()
        .map(
            |byte| {
                if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_signature_covers_host_time_token_and_provider() {
        let keys = Credentials::new("AKID", "SECRET", Some("TOKEN".into()), None, "test");
        let url = "https://sts.us-east-2.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_597_274_040);
        let token = signed(url, "us-east-2", "//iam/p", keys, time).unwrap();
        for part in ["%22x-amz-date%22%2C%22value%22%3A%2220200812T231400Z%22", "%22POST%22"] {
            assert!(token.contains(part), "{token}");
        }
        let covered = "SignedHeaders%3Dhost%3Bx-amz-date%3Bx-amz-security-token%3B\
                       x-goog-cloud-target-resource%2C";
        assert!(token.contains(covered), "{token}");
        assert!(!token.contains("SECRET"), "{token}");
    }

    #[test]
    fn characters_that_no_header_may_contain_are_not_signed() {
        let keys = Credentials::new("AKID", "SECRET", None, None, "test");
        assert!(signed("https://sts", "r", "line\nbreak", keys, SystemTime::now()).is_none());
    }
}
