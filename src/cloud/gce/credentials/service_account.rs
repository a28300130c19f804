//! A service account: a claim signed with its private key is exchanged for a token.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::json;

use super::exchange::{SCOPE, Token, exchange};
use crate::cloud::http::{Http, Request};
use crate::report::Watch;
use crate::{Code, Error, Result};

/// Where Google exchanges signed claims and logins for tokens.
pub const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// Seconds a token may last, at most.
const LIFE: u64 = 3600;
/// Seconds that the authority's clock may be behind this computer's.
const SKEW: u64 = 10;

pub struct ServiceAccount {
    email: String,
    key: EncodingKey,
    key_id: Option<String>,
    token_url: String,
}

impl ServiceAccount {
    /// `private_key` is PEM; in a variable its line ends are often written as `\n`.
    pub fn new(
        email: &str,
        private_key: &str,
        key_id: Option<String>,
        token_url: Option<&str>,
    ) -> Result<ServiceAccount> {
        let pem = private_key.replace("\\n", "\n");
        let key = EncodingKey::from_rsa_pem(pem.trim().as_bytes()).map_err(|_| {
            // The parser's reason may quote the key.
            let message = format!("the private key of {email} is not an RSA key in PEM form");
            Error::config(message).hint(
                "set a key that begins with -----BEGIN PRIVATE KEY-----; its lines end with \
                 newlines or \\n",
            )
        })?;
        let token_url = token_url.unwrap_or(TOKEN_URL).to_owned();
        Ok(ServiceAccount { email: email.to_owned(), key, key_id, token_url })
    }

    pub async fn token(&self, http: &Http, watch: &Watch) -> Result<Token> {
        let purpose = format!("get a token for {}", self.email);
        let mut request = Request::new(Method::POST, &self.token_url, purpose);
        request.form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
            ("assertion", self.assertion()?),
        ];
        exchange(http, request, watch).await
    }

    fn assertion(&self) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_url,
            "iat": now - SKEW,
            "exp": now - SKEW + LIFE,
        });
        let mut header = Header::new(Algorithm::RS256);
        header.kid.clone_from(&self.key_id);
        encode(&header, &claims, &self.key).map_err(|_| {
            let message = format!("the private key of {} cannot sign", self.email);
            Error::new(Code::Authentication, message)
                .hint("create a new key for the service account")
        })
    }
}
