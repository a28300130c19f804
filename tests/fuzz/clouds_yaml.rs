//! The files in which OpenStack's clients keep their clouds.

use super::clouds_yaml::entry;
use crate::fuzz::run;

#[test]
fn clouds_yaml_files() {
    const WORDS: [&str; 14] = [
        "clouds:\n",
        "  mycloud:\n",
        "    auth:\n",
        "password: ",
        "profile: mycloud\n",
        "&a ",
        "*a",
        "<<: *a",
        "{",
        "[",
        "!!binary ",
        "? ",
        "- ",
        "---\n",
    ];
    let folder = tempfile::tempdir().unwrap();
    let nothing = |_: &str| None;
    run("clouds_yaml", 600, &WORDS, |input, random| {
        for name in ["clouds.yaml", "secure.yaml", "clouds-public.yaml"] {
            if name == "clouds.yaml" || random.u8(..4) == 0 {
                std::fs::write(folder.path().join(name), input).unwrap();
            } else {
                let _ = std::fs::remove_file(folder.path().join(name));
            }
        }
        let wanted = [None, Some("mycloud")][random.usize(..2)];
        let read = || entry(wanted, folder.path(), &nothing);
        match (read(), read()) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one, other);
                format!("{:?}", one.map(|entry| entry.is_object()))
            }
            (Err(error), Err(_)) => {
                // The secret of the corpus.
                let text = format!("{error:?}");
                assert!(!text.contains("hunter2-and-more"), "{text}");
                error.causes().concat() + error.message()
            }
            _ => panic!("read twice, it is not the same"),
        }
    });
}
