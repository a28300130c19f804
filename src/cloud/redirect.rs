//! Redirects. Requests carry passwords and tokens, so they stay at the server that they were meant for; and one
//! that asks for a change is never turned into a look, whose success would be taken for that of the change.

use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode, Url};

use crate::{Code, Error};

/// How many are followed.
pub const MOST: usize = 5;

/// Where a reply sends its request.
pub enum Redirect {
    /// To another place of the same server.
    Within(Url),
    /// To another server, or to a place where the request would be another one.
    Away(Url),
}

/// None: the reply is no redirect.
pub fn of(method: &Method, response: &Response) -> Option<Redirect> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let keeps_request = match response.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
            [Method::GET, Method::HEAD].contains(method)
        }
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return None,
    };
    let target = response.url().join(location).ok()?;
    let is_same = target.origin() == response.url().origin();
    Some(if keeps_request && is_same { Redirect::Within(target) } else { Redirect::Away(target) })
}

/// The error for a request that is sent away. The query may hold a secret.
pub fn error(purpose: &str, from: &str, mut target: Url) -> Error {
    target.set_query(None);
    target.set_fragment(None);
    // Only an address without a host has no place for them.
    let _ = target.set_username("").and_then(|()| target.set_password(None));
    Error::new(Code::Connection, format!("cannot {purpose}: {from} redirects to {target}"))
        .cause("requests with credentials do not follow that")
        .hint("set the address of the service to that one, if it is the right one; else check any proxy")
}
