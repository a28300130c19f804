//! What programs of the model take: a word that the real one refuses is noted, as a program that is not known.

use crate::error::nearest;

/// Subcommands, by the programs that have them.
const SUBCOMMANDS: &[(&str, &str)] = &[
    (
        "apt-get apt",
        "autoclean autopurge autoremove build-dep changelog check clean dist-clean dist-upgrade \
         distclean download dselect-upgrade edit-sources full-upgrade help indextargets install \
         list markauto modernize-sources policy purge reinstall remove satisfy search show \
         showsrc source unmarkauto update upgrade",
    ),
    (
        "dnf yum",
        "advisory alias autoremove builddep dg dsync grp if in ls mc prov rei rm rq se up changelog check check-update check-upgrade clean config-manager copr \
         debuginfo-install deplist distro-sync distribution-synchronization do download environment leaves offline downgrade \
         erase group groupinfo groupinstall grouplist groupremove groups groupupdate help history \
         info install list localinstall makecache mark module needs-restarting offline-upgrade \
         provides reinstall remove replay repo repoinfo repolist repoquery repository-packages search shell \
         swap system-upgrade update update-minimal updateinfo update-to upgrade upgrade-minimal \
         upgrade-to version versionlock whatprovides",
    ),
    (
        "systemctl",
        "add-requires add-wants bind cancel cat clean condreload condrestart condstop \
         daemon-reexec daemon-reload default disable edit emergency enable exit force-reload \
         freeze get-default halt help hibernate hybrid-sleep import-environment is-active \
         is-enabled is-failed is-system-running isolate kexec kill link list-automounts \
         list-dependencies list-jobs list-machines list-paths list-sockets list-timers \
         list-unit-files list-units log-level log-target mask mount-image poweroff preset \
         preset-all reboot reenable reload reload-or-restart reload-or-try-restart rescue \
         reset-failed restart revert service-log-level service-log-target service-watchdogs \
         set-default set-environment set-property show show-environment soft-reboot start status \
         stop suspend suspend-then-hibernate switch-root thaw try-reload-or-restart try-restart \
         unmask unset-environment whoami",
    ),
];

/// Options of these programs whose value is the next word.
const WITH_VALUE: &str = "\
    -o -t -c -p -P -H -M -n -x -d -s --host --host-architecture --option --config-file \
    --comment --forcearch --sec-severity --advisory --solver -a --target-release --property --type --state --root --machine --signal --kill-who \
    --kill-whom --job-mode --lines --output --exclude --enablerepo --disablerepo --repo \
    --repoid --setopt --installroot --releasever --config";

/// Long options, by the programs that have no others.
const OPTIONS: &[(&str, &str)] = &[
    ("mkdir", "mode parents verbose context"),
    (
        "rm",
        "force interactive one-file-system no-preserve-root preserve-root recursive dir verbose",
    ),
    ("touch", "no-create date no-dereference reference time"),
    ("truncate", "no-create io-blocks reference size"),
    ("tee", "append ignore-interrupts output-error"),
    (
        "chmod",
        "changes quiet silent verbose no-preserve-root preserve-root reference recursive \
         dereference no-dereference",
    ),
    (
        "chown",
        "changes quiet silent verbose dereference no-dereference from no-preserve-root \
         preserve-root reference recursive",
    ),
    (
        "mv",
        "backup debug exchange force interactive no-clobber no-copy strip-trailing-slashes suffix \
         target-directory no-target-directory update verbose context",
    ),
    (
        "cp",
        "archive attributes-only backup copy-contents debug dereference force interactive \
         keep-directory-symlink link no-clobber no-dereference no-preserve no-target-directory \
         one-file-system parents preserve recursive reflink remove-destination sparse \
         strip-trailing-slashes suffix symbolic-link target-directory update verbose context",
    ),
];

/// What the real program would refuse, in words. None: nothing that is known to be wrong.
pub(super) fn mistake(name: &str, args: &[&str]) -> Option<String> {
    wrong_subcommand(name, args).or_else(|| wrong_option(name, args))
}

/// Whether a word is one of those in this text.
fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

fn wrong_subcommand(name: &str, args: &[&str]) -> Option<String> {
    let (_, known) = SUBCOMMANDS.iter().find(|(programs, _)| has(programs, name))?;
    let mut after_option = false;
    for arg in args {
        if has(known, arg) || !after_option && !arg.starts_with(|c: char| "-+/".contains(c)) {
            // A plugin may bring further ones: a word that is like none of these is its own.
            let is_typo = !has(known, arg) && nearest(arg, known.split(' ')).is_some();
            return is_typo.then(|| format!("`{name} {arg}`"));
        }
        // What follows an option that may take a value may be that value.
        after_option = has(WITH_VALUE, arg);
    }
    None
}

fn wrong_option(name: &str, args: &[&str]) -> Option<String> {
    let (_, known) = OPTIONS.iter().find(|(program, _)| *program == name)?;
    let given = args.iter().take_while(|arg| **arg != "--");
    given.filter_map(|arg| arg.strip_prefix("--")).find_map(|option| {
        let plain = option.split('=').next().unwrap_or(option);
        // An option may be abbreviated.
        let mut all = "help version".split(' ').chain(known.split(' '));
        let is_known = all.any(|it| it.starts_with(plain));
        (!is_known).then(|| format!("the option `--{plain}` of {name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn what_is_misspelt_is_found_and_nothing_else() {
        let wrong = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            mistake(words[0], &words[1..]).unwrap_or_default()
        };
        assert_eq!(wrong("apt-get -q -y instal jq"), "`apt-get instal`");
        assert_eq!(wrong("systemctl restrat nginx"), "`systemctl restrat`");
        assert_eq!(wrong("mkdir --parnets /tmp/x"), "the option `--parnets` of mkdir");
        for right in [
            "apt-get -q -y -o DPkg::Lock::Timeout=60 install jq",
            "apt-get -s install jq",
            "dnf -q -y install jq",
            "dnf in -y git",
            "dnf -y --comment hi install git",
            "apt-get -a armhf source x",
            "systemctl --no-block restart nginx",
            "systemctl list-units --state failed",
            "mkdir --parents --mode=755 /tmp/x",
            "rm -rf -- --odd",
        ] {
            assert_eq!(wrong(right), "", "{right}");
        }
    }
}
