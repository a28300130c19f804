//! Redirects: what goes along to another server, and what stays.

use reqwest::header::{HeaderMap, HeaderName, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};

use crate::{Code, Error, Result};

/// How many are followed.
pub const MOST: usize = 10;

/// Headers that say nothing about who asks.
const HARMLESS: [&str; 8] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-type",
    "range",
    "user-agent",
];

/// Where a reply sends the client, if it does.
pub fn target(from: &Url, response: &Response) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?.to_str().ok()?;
    from.join(location).ok()
}

/// One request of a row of redirects.
pub struct Hop {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<String>,
}

impl Hop {
    /// The next request, as browsers send it. Another origin (host, port, or `http` in place of
    /// `https`) gets harmless headers only.
    ///
    /// # Errors
    /// `Refused` if another origin would get a body with a secret.
    pub fn follow(
        mut self,
        status: StatusCode,
        target: Url,
        is_secret: &dyn Fn(&str) -> bool,
    ) -> Result<Hop> {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove("content-type");
        }
        if target.origin() != self.url.origin() {
            let stays = |name: &HeaderName| !HARMLESS.contains(&name.as_str());
            let names: Vec<HeaderName> =
                self.headers.keys().filter(|name| stays(name)).cloned().collect();
            for name in names {
                self.headers.remove(name);
            }
            let values = self.headers.values().filter_map(|value| value.to_str().ok());
            if self.body.as_deref().into_iter().chain(values).any(is_secret) {
                let (from, to) = (shown(&self.url), shown(&target));
                let message = format!("{from} redirects a request with a secret to {to}");
                return Err(Error::new(Code::Refused, message)
                    .hint(format!("send it to {to} yourself, if you trust that server")));
            }
        }
        Ok(Hop { url: target, ..self })
    }
}

/// The server of an address, without user, password and path.
fn shown(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn hop(url: &str, body: Option<&str>) -> Hop {
        let secret = HeaderValue::from_static("hunter2");
        Hop {
            method: Method::POST,
            url: url.parse().unwrap(),
            headers: HeaderMap::from_iter([(HeaderName::from_static("x-key"), secret)]),
            body: body.map(str::to_owned),
        }
    }

    #[test]
    fn http_in_place_of_https_is_another_origin() {
        let is_secret = |text: &str| text.contains("hunter2");
        let follow = |body, to: &str| {
            let hop = hop("https://a.example/x", body);
            hop.follow(StatusCode::TEMPORARY_REDIRECT, to.parse().unwrap(), &is_secret)
        };
        assert_eq!(follow(None, "https://a.example/y").unwrap().headers.len(), 1);
        for to in ["http://a.example/x", "https://a.example:444/x", "https://b.a.example/x"] {
            assert_eq!(follow(None, to).unwrap().headers.len(), 0, "{to}");
            assert_eq!(follow(Some("hunter2"), to).err().unwrap().code(), Code::Refused, "{to}");
        }
    }
}
