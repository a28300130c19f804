//! What is on the console of an instance.

use std::time::{Duration, Instant};

use super::{dead_end, host_keys};
use crate::cloud::Stillness;
use crate::fuzz::run;

#[test]
fn consoles() {
    const WORDS: [&str; 10] = [
        "-----BEGIN SSH HOST KEY KEYS-----\n",
        "-----END SSH HOST KEY KEYS-----\n",
        "ssh-ed25519 AAAAC3Nz",
        "ecdsa-sha2-",
        "Linux version ",
        "Kernel panic - not syncing",
        " login:",
        "(initramfs)",
        "[    0.000000] ",
        "Rebooting in ",
    ];
    run("consoles", 2000, &WORDS, |input, _| {
        let console = String::from_utf8_lossy(input);
        let keys = host_keys(&console);
        for key in &keys {
            let words: Vec<&str> = key.split(' ').collect();
            assert!(words.len() == 2 && !key.contains(['\n', '\r', '\t']), "{key:?}");
            assert!(["ssh-", "ecdsa-sha2-"].iter().any(|kind| key.starts_with(kind)), "{key:?}");
            // Only of the last list, and only of a whole one.
            let (_, last) = console.rsplit_once("-----BEGIN SSH HOST KEY KEYS-----").unwrap();
            let (list, _) = last.split_once("-----END SSH HOST KEY KEYS-----").unwrap();
            assert!(words.iter().all(|word| list.contains(word)), "{key:?}");
        }
        let end = dead_end(&console);
        if let Some(end) = &end {
            assert!(!end.lines.is_empty() && end.lines.len() <= 7, "{end:?}");
            assert!(end.lines.iter().all(|line| console.contains(line)), "{end:?}");
        }
        let (mut stillness, now) = (Stillness::default(), Instant::now());
        assert_eq!(stillness.look(&console, now), None);
        let still = stillness.look(&console, now + Duration::from_secs(120));
        format!("{} {:?} {}", keys.len().min(3), end.map(|end| end.what), still.is_some())
    });
}
