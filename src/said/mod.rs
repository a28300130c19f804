//! What a program said about its failure, as an error may quote it: whatever could be a credential is taken out.
//! The redactor hides the secrets that are known; a program may print one that nobody has seen before.

mod named;
mod value;
mod word;

use std::ops::Range;

/// Shown in place of what could be a credential.
const MASK: &str = "***";

/// Bytes from the end of what it said that are looked at: errors quote a few lines.
const MOST: usize = 64 << 10;

/// Characters of the longest text in a message.
const SHOWN: usize = 1000;

/// The text without what could be a credential: values whose names say so, keys, and words that look random.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut found = Vec::new();
    named::find(text, &mut found);
    word::find(text, &mut found);
    without(text, found)
}

/// The last lines that are not blank, at most so many, each as [`plain`] has it.
#[must_use]
pub fn last(said: &[u8], most: usize) -> Vec<String> {
    let text = String::from_utf8_lossy(said);
    let mut from = text.len().saturating_sub(MOST);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    // What begins in the middle of a line may be half of a credential.
    let whole = match from {
        0 => 0,
        _ => text[from..].find('\n').map_or(text.len(), |end| from + end + 1),
    };
    let text = plain(&text[whole..]);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(most)..].iter().map(|line| (*line).to_owned()).collect()
}

/// The text as [`plain`] has it, cut where it is too long for a message.
#[must_use]
pub fn begin(text: &str) -> String {
    let most = text.char_indices().nth(MOST).map_or(text.len(), |(end, _)| end);
    let shown = plain(&text[..most]);
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// All lines that are not blank, each as [`plain`] has it.
#[must_use]
pub fn lines(said: &[u8]) -> Vec<String> {
    last(said, usize::MAX)
}

/// The text with these parts replaced; they may overlap.
fn without(text: &str, mut parts: Vec<Range<usize>>) -> String {
    parts.sort_unstable_by_key(|part| (part.start, part.end));
    let (mut shown, mut at) = (String::with_capacity(text.len()), 0);
    for part in parts {
        if part.start >= at && !part.is_empty() {
            shown.push_str(&text[at..part.start]);
            shown.push_str(MASK);
        }
        at = at.max(part.end);
    }
    shown.push_str(&text[at..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a line that must not be seen are those in `«»`.
    fn check(line: &str) {
        let text = line.replace(['«', '»'], "");
        let shown = plain(&text);
        for secret in line.split('«').skip(1).filter_map(|rest| rest.split('»').next()) {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        // What stands around them tells the cause.
        let cause = line.split('«').next().unwrap_or_default();
        assert!(shown.starts_with(cause), "{shown}");
    }

    #[test]
    fn what_could_be_a_credential_is_taken_out() {
        for line in [
            r#"refused: {"Version": 1, "AccessKeyId": "«AKIAIOSFODNN7EXAMPLE»", "SecretAccessKey": "«abc»"}"#,
            r#"{"SessionToken":"«IQoJb3JpZ2luX2VjE»", "Expiration":"2030-01-01T00:00:00Z"}"#,
            r#"body: {\"access_token\":\"«some thing»\",\"expires_in\":3599}"#,
            "login failed, password=«hunter2» is wrong",
            "login failed, password: «hunter2»",
            "error: token «ghp_16C7e42F292c6912E7710c838347Ae178B4a» was revoked",
            "error: bad key «AKIAIOSFODNN7EXAMPLE»",
            "used «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY» and failed",
            "used «9f86d081884c7d659a2feaa0c55ad015» and failed",
            "login failed, password: «c510633fd0f6343b5b0d6cd9041b8f856635b2ab718f31341181cf97c1417299»",
            "used «q7zt4m2x9kd83hfw5b1nv6rj0ycp» and failed",
            "> Authorization: «Bearer abc def»",
            "< Set-Cookie: «session=abc»",
            "fatal: unable to access 'https://me:«hunter2»@example.org/x.git/'",
            "jwt «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P» has expired",
            "+ helper --api-key «abcdef» --quiet",
            "+ curl -u admin:«hunter2» https://example.org",
            "MYSQL_PWD=«hunter2» was not accepted",
            "machine example.org login me password «hunter2»",
            "key: «-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----»",
            "credentials: «{\"id\": \"x\", \"value\": \"y\"}»",
            "<Credentials><SecretAccessKey>«abc»</SecretAccessKey>",
            "google says «ya29.a0AfH6SMBx-short» is not valid",
        ] {
            check(line);
        }
    }

    #[test]
    fn what_tells_the_cause_stays() {
        for line in [
            "cat: /etc/shadow: Permission denied",
            "me@host: Permission denied (publickey,password).",
            "error: could not read the token: no such file",
            "sudo: a password is required",
            "Access denied for user 'root'@'localhost' (using password: YES)",
            "syntax error near unexpected token `fi'",
            "E: Unable to locate package libstdc++6-13-dev-amd64-cross",
            "E: http://deb.debian.org/debian/dists/bookworm/main/binary-amd64/Packages.xz 404 Not Found",
            "qemu-img: Could not open '/var/lib/imgctl/bases/debian-12-0123456789ab.qcow2'",
            "Host key fingerprint is SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLVBYaaJiA0Rz9pBeE.",
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sQ3qBzrGSLcIYk8nDJ1o9r6hZ5n2u6wQ1e2m3n4o5 me@host",
            "mount: can't find UUID=550e8400-e29b-41d4-a716-446655440000",
            "src/token.rs:12:5: expected `;`",
            "secrets.sh: line 3: foo: command not found",
            "STS.GetSessionToken: Access to the resource was denied",
            "instance i-0123456789abcdef0 of ami-0abcdef1234567890 is gone",
            "cannot open /root/.cache/imgctl/local/instances/vm-db53b8fea91c4f43840aaf56fb3ffbd7/disk",
            "E: Failed to fetch http://deb.example.org/pool/main/g/git/git_2.39.5-0+deb12u2_amd64.deb",
            "fatal: remote error: upload-pack: not our ref 0123456789abcdef0123456789abcdef01234567",
            "its sum is c510633fd0f6343b5b0d6cd9041b8f856635b2ab718f31341181cf97c1417299, not another",
            "PASS: tests/first.sh",
            "unknown option --token-file",
        ] {
            assert_eq!(plain(line), line);
        }
    }

    #[test]
    fn the_last_lines_are_searched_together() {
        let said = b"first\n{\n  \"SecretAccessKey\":\n    \"abc def\"\n}\n\nsecond\n";
        assert_eq!(last(said, 3), ["\"***\"", "}", "second"]);
        let mut long = vec![b'x'; 2 * MOST];
        long.extend_from_slice(b" password=hunter2");
        assert!(lines(&long).is_empty());
        long.extend_from_slice(b"\nat the end\n");
        assert_eq!(lines(&long), ["at the end"]);
    }
}
