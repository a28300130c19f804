//! An identity of AWS as an external account: a request to AWS that says who is asking is signed, and
//! not sent. Google's authority sends it, and so learns it from AWS itself.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::aws_metadata::AwsMetadata;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// The only form of these credentials that there is so far.
const VERSION: &str = "aws1";
/// Names the provider that the signature is for, so that it is good for no other.
const RESOURCE: &str = "x-goog-cloud-target-resource";

/// A `credential_source` with an `environment_id`.
#[derive(Deserialize)]
pub struct AwsSource {
    environment_id: String,
    /// Tells the availability zone.
    region_url: Option<String>,
    /// Tells the role, and below it the role's keys.
    url: Option<String>,
    /// With `{region}` in it.
    regional_cred_verification_url: String,
    /// Gives the token that the two above ask for.
    imdsv2_session_token_url: Option<String>,
}

impl AwsSource {
    /// What can be wrong with a file is found before anything is asked.
    pub fn check(&self, shown: &str) -> Result<()> {
        let id = &self.environment_id;
        if id != VERSION {
            let message = format!("{shown}: environment_id `{id}` is not known here");
            return Err(Error::config(message).hint(format!("known is {VERSION}")));
        }
        let urls = [&self.region_url, &self.url, &self.imdsv2_session_token_url];
        urls.into_iter().flatten().try_for_each(|url| super::aws_metadata::check(url, shown))?;
        host(&self.regional_cred_verification_url.replace("{region}", "us-east-1"))
            .map(drop)
            .ok_or_else(|| {
                let message =
                    format!("{shown}: regional_cred_verification_url is no address of https");
                Error::config(message)
                    .hint("it is https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&…")
            })
    }

    /// The signed request, in the form that Google's authority takes for a token.
    pub async fn token(&self, audience: &str, watch: &Watch) -> Result<String> {
        let metadata = AwsMetadata::new(self.imdsv2_session_token_url.as_deref())?;
        let region = self.region(&metadata, watch).await?;
        let keys = self.keys(&metadata, watch).await?;
        let url = self.regional_cred_verification_url.replace("{region}", &region);
        signed(&url, &region, audience, keys, SystemTime::now()).ok_or_else(|| {
            let message = "the request to AWS cannot be signed";
            Error::new(Code::Authentication, message)
                .cause(format!("the region is `{region}`"))
                .hint("are AWS_REGION, AWS_SESSION_TOKEN and audience right?")
        })
    }

    async fn region(&self, metadata: &AwsMetadata<'_>, watch: &Watch) -> Result<String> {
        if let Some(region) = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")) {
            return Ok(region);
        }
        let Some(url) = &self.region_url else {
            return Err(Error::config("the region of AWS is not known")
                .cause("neither AWS_REGION nor AWS_DEFAULT_REGION is set")
                .hint("set AWS_REGION, or region_url in the credentials' credential_source"));
        };
        let zone = metadata.text(url, "ask AWS for the region", watch).await?;
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
            return Err(Error::new(Code::Authentication, "there are no keys of AWS")
                .cause("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set")
                .hint("set them, or url in the credentials' credential_source"));
        };
        let role = metadata.text(url, "ask AWS for the role of this machine", watch).await?;
        let url = format!("{}/{role}", url.trim_end_matches('/'));
        let told = metadata.text(&url, "ask AWS for the keys of this machine", watch).await?;
        let told: Value = serde_json::from_str(&told).unwrap_or_default();
        let text = |key: &str| told[key].as_str().map(str::to_owned);
        match (text("AccessKeyId"), text("SecretAccessKey")) {
            (Some(id), Some(secret)) => {
                Ok(Credentials::new(id, secret, text("Token"), None, "metadata"))
            }
            _ => {
                let message = format!("AWS gives this machine no keys for the role {role}");
                let why = text("Code").unwrap_or_else(|| "the answer holds none".to_owned());
                Err(Error::new(Code::Authentication, message).cause(why))
            }
        }
    }
}

/// A variable that is set, and not to nothing.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    url.host_str().map(str::to_owned)
}

/// None for what no request can have: characters that are not for a header, an address that is none.
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
    let told = [("host", host.as_str()), (RESOURCE, audience)];
    let body = SignableBody::Bytes(&[]);
    let request = SignableRequest::new("POST", url, told.into_iter(), body).ok()?;
    let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
    let header = |(key, value): (&str, &str)| json!({ "key": key, "value": value });
    let headers: Vec<Value> = told.into_iter().chain(instructions.headers()).map(header).collect();
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
    fn what_no_header_can_have_is_not_signed() {
        let keys = Credentials::new("AKID", "SECRET", None, None, "test");
        assert!(signed("https://sts", "r", "line\nbreak", keys, SystemTime::now()).is_none());
    }
}
