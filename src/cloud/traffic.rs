//! Requests to clouds and their replies in words, for `-vv` and `--log`. What the user interface knows to be
//! secret it hides itself; what a cloud may give away for the first time is hidden here, by its name.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Text values in JSON, contents of XML, and fields of forms, whose names say that they are secret. User data
/// has the instance's host key.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name =
        "[a-z_]*(?:pass|secret|token|private_?key|credential|key_?material|user_?data)[a-z_]*";
    // Google's metadata has names and values side by side.
    let named = format!(r#""{name}"|"key"\s*:\s*"user-data"\s*,\s*"value""#);
    let json = format!(r#"((?:{named})\s*:\s*")(?:[^"\\]|\\.)*(")"#);
    let xml = format!("(<{name}>)[^<]+(<)");
    let form = format!(r"((?:^|&)(?:[a-z0-9]+\.)*{name}=)[^&\s]+");
    Regex::new(&format!("(?i){json}|{xml}|{form}")).ok()
});

/// The body of a request or reply as text.
#[must_use]
pub fn text(body: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(body) else {
        return format!("({} bytes that are not text)", body.len());
    };
    match &*SECRETS {
        Some(secrets) => secrets.replace_all(text, "$1$3$5***$2$4").into_owned(),
        // Without the pattern nothing is known to be harmless.
        None => format!("({} bytes)", body.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_whose_names_say_that_they_are_secret_are_hidden() {
        let shown = |body: &str| text(body.as_bytes());
        assert_eq!(
            shown(r#"{"adminPass": "a\"b", "name": "x", "access_token":"t", "n": 1}"#),
            r#"{"adminPass": "***", "name": "x", "access_token":"***", "n": 1}"#
        );
        assert_eq!(
            shown(
                r##"{"key": "user-data", "value": "#cloud-config\nssh_keys:"}, {"key":"x","value":"y"}"##
            ),
            r#"{"key": "user-data", "value": "***"}, {"key":"x","value":"y"}"#
        );
        assert_eq!(
            shown("<keyMaterial>-----BEGIN</keyMaterial><keyName>k</keyName>"),
            "<keyMaterial>***</keyMaterial><keyName>k</keyName>"
        );
        assert_eq!(
            shown(
                "Action=RunInstances&UserData=IyEv%3D&LaunchSpecification.UserData=IyEv&MinCount=1"
            ),
            "Action=RunInstances&UserData=***&LaunchSpecification.UserData=***&MinCount=1"
        );
        assert_eq!(text(b"\xff\xfe"), "(2 bytes that are not text)");
    }
}
