//! What an instance's console tells: its host keys, and why it does not boot.

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

/// The start of a boot, as systemd, Linux and imgctl itself write it on a console. What stands before it is
/// of no meaning any more.
const BOOTS: [&str; 3] = ["Linux version ", "Welcome to GRUB", BOOT_BEGUN];

/// What imgctl writes on the console of its own machines when it starts one.
pub const BOOT_BEGUN: &str = "imgctl: a boot begins";

/// What is on a console where no login will ever come, and what it means.
const DEAD_ENDS: [(&str, &str); 12] = [
    ("Kernel panic - not syncing", "its kernel died"),
    ("You are in emergency mode", "it booted to an emergency shell"),
    ("You are in rescue mode", "it booted to a rescue shell"),
    ("Entering emergency mode.", "it booted to an emergency shell"),
    ("Give root password for maintenance", "it booted to an emergency shell"),
    (
        "Cannot open access to console, the root account is locked",
        "it booted to an emergency shell",
    ),
    ("(initramfs)", "its initial RAM disk found no root file system"),
    ("dracut:/#", "its initial RAM disk found no root file system"),
    ("grub rescue>", "its boot loader found no system"),
    ("No bootable device", "its firmware found no disk to boot from"),
    ("No bootable option or device was found", "its firmware found no disk to boot from"),
    ("Operating system not found", "its firmware found no disk to boot from"),
];

/// What follows where it was no end: a kernel that restarts by itself after a panic, or a login.
const GOES_ON: [&str; 2] = ["Rebooting in ", " login:"];

/// How many lines before a dead end explain it.
const LINES_BEFORE: usize = 6;

/// A boot that ended where nobody can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEnd {
    /// "its kernel died".
    pub what: &'static str,
    /// The lines of the console that say so.
    pub lines: Vec<String>,
    /// Whether the kernel died, which under emulation need not happen again.
    pub is_panic: bool,
}

/// Where the latest boot on a console ended, if it ended before a login.
#[must_use]
pub fn dead_end(console: &str) -> Option<DeadEnd> {
    let lines: Vec<&str> = console.lines().filter(|line| !line.trim().is_empty()).collect();
    let has = |line: &str, words: &[&str]| words.iter().any(|word| line.contains(word));
    let begin = lines.iter().rposition(|line| has(line, &BOOTS)).unwrap_or(0);
    let boot = &lines[begin..];
    let (at, what) = boot.iter().enumerate().find_map(|(at, line)| {
        let found = DEAD_ENDS.iter().find(|(words, _)| line.contains(words))?;
        Some((at, found.1))
    })?;
    if boot[at..].iter().any(|line| has(line, &GOES_ON)) {
        return None;
    }
    let shown = &boot[at.saturating_sub(LINES_BEFORE)..=at];
    Some(DeadEnd {
        what,
        lines: shown
            .iter()
            .filter(|line| !line.contains(BOOT_BEGUN))
            .map(|line| line.trim().to_owned())
            .collect(),
        is_panic: what == DEAD_ENDS[0].1,
    })
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

    #[test]
    fn a_boot_that_ends_before_a_login_is_recognized() {
        for (console, what) in [
            (
                "[ 1.0] Linux version 6.1\n[ 2.1] Oops: int3\n[ 2.2] Kernel panic - not syncing: x",
                "its kernel died",
            ),
            (
                "[ 2.2] Kernel panic - not syncing: Attempted to kill init!\r\n\r\n",
                "its kernel died",
            ),
            (
                "You are in emergency mode. After logging in, type",
                "it booted to an emergency shell",
            ),
            (
                "ALERT! UUID=1 does not exist. Dropping to a shell!\n(initramfs) ",
                "its initial RAM disk found no root file system",
            ),
            (
                "error: unknown filesystem.\nEntering rescue mode...\ngrub rescue> ",
                "its boot loader found no system",
            ),
        ] {
            let found = dead_end(console).unwrap();
            assert_eq!(found.what, what, "{console}");
            assert_eq!(found.is_panic, console.contains("panic"), "{console}");
            assert!(found.lines.last().is_some_and(|line| !line.is_empty()), "{console}");
        }
    }

    #[test]
    fn a_boot_that_goes_on_is_none() {
        for console in [
            "",
            "[ 1.0] Linux version 6.1\nDebian GNU/Linux 12 login: ",
            "Kernel panic - not syncing: x\n[    0.000000] Linux version 6.1.0\n",
            "Kernel panic - not syncing: x\nRebooting in 10 seconds..\n",
            "(initramfs) \nDebian GNU/Linux 12 build ttyS0\n\nbuild login: ",
            "Kernel panic - not syncing: x\nimgctl: a boot begins\n",
        ] {
            assert_eq!(dead_end(console), None, "{console}");
        }
    }
}

#[cfg(test)]
#[path = "../../tests/fuzz/console.rs"]
mod fuzz;
