//! The data for cloud-init at the start of an instance: the user's own and ours, in one document.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Launch;
use crate::{Error, Result};

/// Separates the parts of user data.
const BOUNDARY: &str = "==imgctl==";

/// The user's own data, if any, and ours: the login user with its keys, and the host key.
pub fn user_data(launch: &Launch) -> Result<String> {
    with_boot_script(launch, None)
}

/// As [`user_data`], with a shell script that runs early at every boot.
pub fn with_boot_script(launch: &Launch, script: Option<&str>) -> Result<String> {
    let ours = format!("#cloud-config\n{:#}\n", cloud_config(launch)?);
    // Later parts override earlier ones: our keys must be installed.
    let mut parts: Vec<String> = Vec::new();
    parts.extend(launch.user_data.iter().map(|theirs| part(content_type(theirs), theirs)));
    parts.extend(script.map(|script| part("text/cloud-boothook", script)));
    if parts.is_empty() {
        return Ok(ours);
    }
    parts.push(part("text/cloud-config", &ours));
    Ok(format!(
        "Content-Type: multipart/mixed; boundary=\"{BOUNDARY}\"\nMIME-Version: 1.0\n\n{}--{BOUNDARY}--\n",
        parts.concat()
    ))
}

fn cloud_config(launch: &Launch) -> Result<Value> {
    let user = if launch.username == "root" {
        json!({ "name": "root", "ssh_authorized_keys": launch.authorized_keys })
    } else {
        json!({
            "name": launch.username,
            "ssh_authorized_keys": launch.authorized_keys,
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "shell": "/bin/bash",
            "lock_passwd": true,
        })
    };
    let mut config = json!({
        "users": [user],
        "disable_root": launch.username != "root",
        "ssh_pwauth": false,
        "ssh_deletekeys": true,
    });
    if let Some(key) = &launch.host_key {
        let kind = kind(&key.public)?;
        config["ssh_keys"] = json!({
            format!("{kind}_private"): key.private,
            format!("{kind}_public"): key.public,
        });
    }
    Ok(config)
}

/// cloud-init's name for a type of key.
fn kind(public: &str) -> Result<&'static str> {
    match public.split_whitespace().next() {
        Some("ssh-ed25519") => Ok("ed25519"),
        Some("ssh-rsa") => Ok("rsa"),
        Some(name) if name.starts_with("ecdsa-") => Ok("ecdsa"),
        other => Err(Error::failed(format!("unknown type of host key: {}", other.unwrap_or("")))),
    }
}

/// The beginnings of user data, and the content types cloud-init derives from them. Longer ones come
/// first.
/// <https://docs.cloud-init.io/en/latest/explanation/format.html>
const KINDS: [(&str, &str); 8] = [
    ("#!", "text/x-shellscript"),
    ("#cloud-boothook", "text/cloud-boothook"),
    ("#cloud-config-archive", "text/cloud-config-archive"),
    ("#cloud-config-jsonp", "text/cloud-config-jsonp"),
    ("#cloud-config", "text/cloud-config"),
    ("#include", "text/x-include-url"),
    ("#part-handler", "text/part-handler"),
    ("## template: jinja", "text/jinja2"),
];

fn kind_of(data: &str) -> Option<&'static str> {
    KINDS.iter().find(|(start, _)| data.starts_with(start)).map(|(_, kind)| *kind)
}

/// A document of several parts, which cloud-init splits by itself.
fn is_multipart(data: &str) -> bool {
    let head = data.get(..13).unwrap_or_default().to_ascii_lowercase();
    head == "mime-version:" || head == "content-type:"
}

/// Refuses user data that cloud-init would ignore with only a line in its log.
///
/// # Errors
/// `Code::Config` if cloud-init does not know the beginning of the data.
pub fn check(data: &str, what: &str) -> Result<()> {
    if kind_of(data).is_some() || is_multipart(data) {
        return Ok(());
    }
    let first: String = data.lines().next().unwrap_or_default().chars().take(40).collect();
    let starts: Vec<&str> = KINDS.iter().map(|(start, _)| *start).collect();
    Err(Error::config(format!("{what} begins with {first:?}, which cloud-init would ignore"))
        .hint(format!("begin its first line with one of {}", starts.join(", "))))
}

/// The content type of the user's own data, by its beginning.
fn content_type(data: &str) -> &'static str {
    // cloud-init finds the parts of a multipart document by itself.
    kind_of(data).unwrap_or("text/plain")
}

fn part(kind: &str, contents: &str) -> String {
    format!(
        "--{BOUNDARY}\nContent-Type: {kind}; charset=\"utf-8\"\nMIME-Version: 1.0\n\
         Content-Transfer-Encoding: base64\n\n{}\n",
        BASE64_STANDARD.encode(contents)
    )
}

#[cfg(test)]
pub mod example {
    //! A launch for the tests of providers.

    use crate::cloud::{HostKey, Image, ImageState, Launch, Tags};

    pub fn launch(user_data: Option<&str>) -> Launch {
        Launch {
            role: "build".into(),
            name: "CI agent_1".into(),
            image: Image {
                id: "img-1".into(),
                name: "base".into(),
                state: ImageState::Available,
                description: String::new(),
                created: String::new(),
                size: None,
                architecture: None,
                tags: Tags::new(),
                deprecated: None,
                attributes: Tags::new(),
            },
            username: "ci".into(),
            authorized_keys: vec!["ssh-ed25519 AAAA me".into()],
            key_pair: None,
            host_key: Some(HostKey {
                private: "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n".into(),
                public: "ssh-ed25519 BBBB".into(),
            }),
            user_data: user_data.map(str::to_owned),
            boot: None,
            tags: Tags::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use example::launch;

    #[test]
    fn the_users_own_data_comes_first_and_complete() {
        let text = user_data(&launch(Some("#!/bin/sh\necho ä\n"))).unwrap();
        let script = text.find("text/x-shellscript").unwrap();
        assert!(script < text.find("text/cloud-config").unwrap());
        assert!(text.contains(&BASE64_STANDARD.encode("#!/bin/sh\necho ä\n")));
    }

    #[test]
    fn without_a_host_key_the_instance_generates_one() {
        let mut launch = launch(None);
        launch.host_key = None;
        let config = cloud_config(&launch).unwrap();
        assert!(config.get("ssh_keys").is_none());
    }

    #[test]
    fn data_that_cloud_init_would_ignore_is_refused() {
        for fine in ["#!/bin/sh", "#cloud-config\n{}", "Content-Type: multipart/mixed; boundary=x"]
        {
            check(fine, "user_data").unwrap();
        }
        for wrong in ["", "setup.sh", "cloud-config", " #!/bin/sh", "ää"] {
            let error = check(wrong, "user_data").unwrap_err();
            assert_eq!(error.code(), Code::Config, "{wrong}");
        }
    }
}
