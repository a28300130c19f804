//! The variables that name a proxy. The libraries for HTTP pass over what they do not understand: requests
//! would go past the proxy, or wait for one of another kind.

use reqwest::Url;

use crate::{Error, Result};

const NAMES: [&str; 6] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// # Errors
/// `Config` for a variable that is not the address of an HTTP proxy.
pub fn check() -> Result<()> {
    check_among(|name| std::env::var(name).ok())
}

fn check_among(variable: impl Fn(&str) -> Option<String>) -> Result<()> {
    for name in NAMES {
        let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
        let address = if value.contains("://") { value } else { format!("http://{value}") };
        let scheme = match Url::parse(&address) {
            Ok(url) if url.has_host() => url.scheme().to_owned(),
            _ => String::new(),
        };
        // The value may hold a password.
        let why = match scheme.as_str() {
            "http" | "https" => continue,
            socks if socks.starts_with("socks") => {
                "it names a SOCKS proxy, which imgctl cannot use"
            }
            _ => "it is not the address of a proxy",
        };
        return Err(Error::config(format!("the variable {name} cannot be used"))
            .cause(why)
            .hint(format!("write {name}=http://HOST:PORT, or unset it")));
    }
    Ok(())
}

/// The passwords in the addresses of proxies, and in this address: as they are written, and as they are sent.
#[must_use]
pub fn passwords(address: Option<&str>) -> Vec<String> {
    let proxies = NAMES.iter().filter_map(|name| std::env::var(name).ok());
    proxies.chain(address.map(str::to_owned)).flat_map(|it| passwords_in(&it)).collect()
}

fn passwords_in(address: &str) -> Vec<String> {
    let whole =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let Ok(url) = Url::parse(&whole) else { return Vec::new() };
    let Some(written) = url.password() else { return Vec::new() };
    // A query is decoded alike, but for these two.
    let query = format!("http://x/?p={}", written.replace('&', "%26").replace('+', "%2B"));
    let query = Url::parse(&query);
    let sent = query.iter().flat_map(|url| url.query_pairs()).map(|(_, value)| value.into_owned());
    sent.chain([written.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_as_they_are_written_and_as_they_are_sent() {
        assert_eq!(passwords_in("http://me:p%40s&s+1@proxy:3128"), ["p@s&s+1", "p%40s&s+1"]);
        assert_eq!(passwords_in("me:secret@proxy"), ["secret", "secret"]);
        assert_eq!(passwords_in("https://proxy/"), Vec::<String>::new());
        assert_eq!(passwords_in("::::"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_proxy_for_http_is_named_without_its_value() {
        let with = |value: &str| {
            check_among(|name| (name == "https_proxy").then(|| value.to_owned()))
                .map_err(|error| format!("{error} {:?}", error.hint_text()))
        };
        for good in ["", "proxy", "proxy:3128", "http://u:p@proxy:3128/", "https://[::1]:3128"] {
            assert_eq!(with(good), Ok(()), "{good}");
        }
        for bad in
            ["::::x", "http://:80", "proxy:99999", "htp://proxy", "socks5h://u:p@proxy", "a b"]
        {
            let error = with(bad).unwrap_err();
            assert!(error.contains("https_proxy") && !error.contains(bad), "{bad}: {error}");
        }
        assert!(with("socks5://proxy").unwrap_err().contains("SOCKS"));
    }
}
