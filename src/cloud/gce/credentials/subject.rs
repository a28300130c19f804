//! The source of an external account's own token: a file, an address, a program, or an identity of AWS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::aws::AwsSource;
use super::executable::{self, Executable, Purpose};
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// `credential_source`
#[derive(Deserialize)]
#[serde(try_from = "Value")]
pub enum Source {
    Aws(AwsSource),
    Elsewhere(Elsewhere),
}

impl TryFrom<Value> for Source {
    type Error = serde_json::Error;

    fn try_from(value: Value) -> serde_json::Result<Source> {
        if value.get("environment_id").is_some() {
            serde_json::from_value(value).map(Source::Aws)
        } else {
            serde_json::from_value(value).map(Source::Elsewhere)
        }
    }
}

#[derive(Deserialize)]
pub struct Elsewhere {
    file: Option<PathBuf>,
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    executable: Option<Executable>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, Default)]
struct Format {
    #[serde(rename = "type")]
    kind: Option<String>,
    subject_token_field_name: Option<String>,
}

impl Source {
    pub fn check(&self, shown: &str) -> Result<()> {
        match self {
            Source::Aws(source) => source.check(shown),
            Source::Elsewhere(Elsewhere { file: None, url: None, executable: None, .. }) => {
                let message = format!("{shown}: credential_source has no known source");
                Err(Error::config(message)
                    .hint("use one of file, url, executable, or environment_id for AWS"))
            }
            Source::Elsewhere(_) => Ok(()),
        }
    }

    pub async fn token(&self, purpose: &Purpose<'_>, http: &Http, watch: &Watch) -> Result<String> {
        match self {
            Source::Aws(source) => source.token(purpose.audience, watch).await,
            Source::Elsewhere(Elsewhere { file: Some(path), format, .. }) => {
                format.read(path).await
            }
            Source::Elsewhere(Elsewhere { url: Some(url), headers, format, .. }) => {
                format.get(url, headers, http, watch).await
            }
            Source::Elsewhere(Elsewhere { executable: Some(program), .. }) => {
                executable::token(program, purpose, watch).await
            }
            Source::Elsewhere(_) => Err(Error::config("credential_source is empty")),
        }
    }
}

impl Format {
    async fn read(&self, path: &Path) -> Result<String> {
        let text = crate::read::text(path).map_err(|error| {
            let code = match error.kind() {
                std::io::ErrorKind::NotFound => Code::Authentication,
                _ => Code::Config,
            };
            Error::new(code, format!("cannot read {}, which the credentials name", path.display()))
                .cause(error)
                .hint("check that the CI service has written the token there")
        })?;
        self.pick(&text, &path.display().to_string())
    }

    async fn get(
        &self,
        url: &str,
        headers: &BTreeMap<String, String>,
        http: &Http,
        watch: &Watch,
    ) -> Result<String> {
        let mut request = Request::new(Method::GET, url, "get the external account's token");
        for (name, value) in headers {
            let pair = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value));
            let (Ok(name), Ok(mut value)) = pair else {
                let message = format!("credential_source: the header {name} is not valid");
                return Err(Error::config(message));
            };
            value.set_sensitive(true);
            request.headers.insert(name, value);
        }
        let response = http.send(&request, watch).await?;
        if !response.status.is_success() {
            let message = format!("{url} answered with {}", response.status);
            return Err(Error::new(Code::Authentication, message)
                .hint("check the address and the headers in credential_source"));
        }
        self.pick(&String::from_utf8_lossy(&response.body), url)
    }

    /// The token in the text of a source.
    fn pick(&self, text: &str, place: &str) -> Result<String> {
        let token = if self.kind.as_deref() == Some("json") {
            let field = self.subject_token_field_name.as_deref().unwrap_or("access_token");
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            value[field].as_str().unwrap_or_default().to_owned()
        } else {
            text.trim().to_owned()
        };
        if token.is_empty() {
            let message = format!("{place} contains no token of the external account");
            return Err(Error::new(Code::Authentication, message)
                .hint("set credential_source.format to where the token is"));
        }
        Ok(token)
    }
}
