//! config.yaml, from its bytes to the settings of every cloud.

use super::path::KeyPath;
use super::{Config, Given};
use crate::Code;
use crate::fuzz::run;

/// Whatever it says, the settings are the same each time, or one error names its place.
#[test]
fn configuration_files() {
    const WORDS: [&str; 28] = [
        "clouds:\n",
        "  ec2:\n",
        "defaults:\n",
        "  cloud: fake\n",
        "regions:\n",
        "distributions:\n",
        "ssh: {connect_timeout: 10m}\n",
        "limits:\n",
        "ci_image:\n",
        "${HOME}",
        "${NOBODY:-x}",
        "${",
        "$$",
        "&a ",
        "*a",
        "<<: *a",
        "{",
        "[",
        "!!binary ",
        "? ",
        "- ",
        "---\n",
        "|\n",
        ">-\n",
        "null",
        "~",
        "20GiB",
        "1h30m",
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    run("config", 60, &WORDS, |input, random| {
        std::fs::write(&file, input).unwrap();
        let text = String::from_utf8_lossy(input).into_owned();
        let clouds: Vec<_> = Config::clouds().collect();
        let cloud = clouds[random.usize(..clouds.len())];
        let variables = [("HOME", "/home/me"), ("EMPTY", ""), ("OTHER", "a: b\n- {c")];
        let read = || {
            let config =
                Config::load(folder.path(), &Given::default())?.with_environment(variables);
            // Each value can be asked for, too.
            let _ = config.get("")?;
            let selected = config.select(Some(cloud), None, None)?;
            Ok::<_, crate::Error>(format!("{:?}", (selected.common, selected.provider)))
        };
        match (read(), read()) {
            (Ok(one), Ok(other)) => {
                assert_eq!(one, other);
                format!("good {cloud}")
            }
            (Err(one), Err(other)) => {
                assert_eq!(format!("{one:?}"), format!("{other:?}"));
                assert!([Code::Config, Code::Usage].contains(&one.code()), "{one:?}");
                let lines = text.lines().count() + 1;
                let places = one.findings().iter().map(|finding| &finding.place);
                for place in one.place().into_iter().chain(places) {
                    let line = place.line.unwrap_or(1);
                    assert!(line >= 1 && line <= lines, "{line} of {lines}: {one:?}");
                }
                let named = one.place().is_some()
                    || !one.findings().is_empty()
                    || one.to_string().contains("config.yaml")
                    || one.to_string().contains(cloud)
                    || one.hint_text().is_some();
                assert!(named, "{one:?}");
                format!(
                    "{} {}",
                    one.message().chars().take(40).collect::<String>(),
                    one.causes().len()
                )
            }
            (one, other) => panic!("{one:?}\n{other:?}"),
        }
    });
}

/// What a path shows reads as the same path.
#[test]
fn paths_of_keys() {
    run("key_paths", 3000, &[".", "\"", "clouds", "[0]"], |input, _| {
        let text = String::from_utf8_lossy(input);
        let Ok(path) = KeyPath::parse(&text) else { return "refused".into() };
        let shown = path.to_string();
        if !text.contains(['[', '"']) {
            assert_eq!(KeyPath::parse(&shown).unwrap(), path, "{shown}");
        }
        format!("{}", path.0.len().min(4))
    });
}
