//! State files: of this imgctl, of older and newer ones, damaged and foreign.

use super::file::{Author, read, write};
use crate::Code;
use crate::fuzz::run;

/// What is read, written and read again is the same; what cannot be read stays as it is.
#[test]
fn state_files() {
    const WORDS: [&str; 16] = [
        "\"version\": 1",
        "\"version\": 2",
        "\"version\": 0",
        "\"resources\": [",
        "\"journal\": [",
        "null",
        "{}",
        "[]",
        "\"id\": null",
        "\"seconds\": 1e300",
        "\"launch\": {\"a\": 0.1}",
        "\\u0000",
        "\\ud800",
        "\"kind\": \"instance\"",
        "\"stopped\": true,",
        "-0.0",
    ];
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("state.json"), folder.path().join("copy.json"));
    run("state", 800, &WORDS, |input, _| {
        std::fs::write(&path, input).unwrap();
        let result = read(&path, Author::Anybody);
        assert_eq!(std::fs::read(&path).unwrap(), input, "reading changed it");
        match result {
            Ok(document) => {
                let document = document.expect("the file is there");
                write(&copy, &document).unwrap();
                let again = read(&copy, Author::Anybody).unwrap().unwrap();
                assert_eq!(again, document);
                format!("{} {}", document.instances.len(), document.resources.len())
            }
            Err(error) => {
                assert_eq!(error.code(), Code::State, "{error}");
                assert!(error.hint_text().is_some() && error.message().contains("state.json"));
                error.causes().concat() + error.message()
            }
        }
    });
}
