//! Reads the host keys on an instance's console.

/// The SSH host keys that cloud-init printed at the latest boot, as OpenSSH lines without comments;
/// empty if it has not printed them yet. The format is that of cloud-init's module "keys to console":
/// <https://docs.cloud-init.io/en/latest/reference/modules.html#keys-to-console>
#[must_use]
pub fn host_keys(console: &str) -> Vec<String> {
    let Some((_, after)) = console.rsplit_once("-----BEGIN SSH HOST KEY KEYS-----") else {
        return Vec::new();
    };
    // An incomplete list could lack the type of key that the server presents.
    let Some((keys, _)) = after.split_once("-----END SSH HOST KEY KEYS-----") else {
        return Vec::new();
    };
    // A timestamp or the name of the unit may precede the key.
    let key = |line: &str| {
        let at = ["ssh-", "ecdsa-sha2-"].iter().filter_map(|kind| line.find(kind)).min()?;
        let words: Vec<&str> = line[at..].split_whitespace().take(2).collect();
        (words.len() == 2).then(|| words.join(" "))
    };
    keys.lines().filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: &str = "\
[   11.1] cloud-init[612]: -----BEGIN SSH HOST KEY KEYS-----\r
[   11.1] cloud-init[612]: ecdsa-sha2-nistp256 AAAAE2Vj root@old\r
-----END SSH HOST KEY KEYS-----
-----BEGIN SSH HOST KEY KEYS-----
ssh-ed25519 AAAAC3Nz root@ip-10-0-0-1\r
<14>Nov 23 cloud-init: ssh-rsa AAAAB3Nz root@ip-10-0-0-1
-----END SSH HOST KEY KEYS-----
login:";

    #[test]
    fn the_keys_of_the_latest_boot_are_found() {
        assert_eq!(host_keys(CONSOLE), ["ssh-ed25519 AAAAC3Nz", "ssh-rsa AAAAB3Nz"]);
    }

    #[test]
    fn an_incomplete_list_is_ignored() {
        let cut = &CONSOLE[..CONSOLE.len() - 40];
        assert!(host_keys(cut).is_empty(), "{cut}");
        assert!(host_keys("booting").is_empty());
    }
}
