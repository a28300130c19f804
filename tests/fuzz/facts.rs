//! What a host says about its operating system.

use super::facts::os;
use crate::fuzz::run;

#[test]
fn operating_systems() {
    run("os_release", 3000, &["ID=", "ID_LIKE=\"", "VERSION_ID=", "x86_64\n", "'"], |input, _| {
        let text = String::from_utf8_lossy(input);
        match os(&text) {
            Ok(os) => {
                let facts = [&os.id, &os.version, &os.family, &os.arch];
                assert!(facts.iter().all(|fact| !fact.contains('\n')), "{os:?}");
                assert!(!os.id.is_empty() && !os.family.is_empty() && !os.arch.is_empty());
                os.family.chars().take(3).collect()
            }
            Err(_) => "refused".into(),
        }
    });
}
