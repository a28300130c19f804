//! Credentials as Google's tools write them, and the answers of whoever hands out tokens.

use std::time::Instant;

use super::exchange::Token;
use super::{executable, file};
use crate::config::gcloud::Configuration;
use crate::fuzz::run;

/// What the error says must not contain the secrets of the corpus.
fn shows_nothing(error: &crate::Error) {
    let text = format!("{error:?}");
    assert!(!text.contains("hunter2-and-more") && !text.contains("MIIEvQIBADAN"), "{text}");
}

#[test]
fn credentials_files_of_google() {
    const WORDS: [&str; 14] = [
        "\"type\": \"service_account\",",
        "\"type\": \"authorized_user\",",
        "\"type\": \"external_account\",",
        "\"type\": \"impersonated_service_account\",",
        "\"source_credentials\": {",
        "\"delegates\": [",
        "\"token_uri\": \"",
        "null",
        "{}",
        "[]",
        "\"credential_source\": {\"file\": \"x\"}",
        "\\u0000",
        "\\ud800",
        "-----BEGIN PRIVATE KEY-----",
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.json");
    run("gce_credentials", 800, &WORDS, |input, _| {
        std::fs::write(&path, input).unwrap();
        match file::read(&path, None) {
            Ok(found) => format!("{} {}", found.project.is_some(), found.universe.is_some()),
            Err(error) => {
                shows_nothing(&error);
                assert!(format!("{error:?}").contains("key.json"), "{error:?}");
                error.causes().concat() + error.message()
            }
        }
    });
}

#[test]
fn configurations_of_gcloud() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("configurations")).unwrap();
    run(
        "gcloud",
        1000,
        &["[core]\n", "[compute]\n", "zone = ", "project = ", "="],
        |input, random| {
            let active = random.u8(..4) == 0;
            let name = if active { "active_config" } else { "configurations/config_default" };
            let _ = std::fs::remove_file(folder.path().join("active_config"));
            std::fs::write(folder.path().join(name), input).unwrap();
            let Ok(found) = Configuration::active(folder.path(), None) else { return "no".into() };
            let values = [("core", "project"), ("compute", "zone")].map(|(section, key)| {
                let value = found.get(section, key);
                assert!(
                    value.as_deref().is_none_or(|value| !value.is_empty() && value.trim() == value)
                );
                value.is_some()
            });
            format!("{values:?} {active}")
        },
    );
}

#[test]
fn answers_with_tokens() {
    const WORDS: [&str; 8] = [
        "\"access_token\": \"t\"",
        "\"expires_in\": ",
        "\"expiration_time\": ",
        "\"success\": true",
        "\"id_token\": ",
        "18446744073709551615",
        "null",
        "\"code\": ",
    ];
    run("tokens", 3000, &WORDS, |input, _| {
        let printed = executable::printed(input);
        assert!(printed != Ok(String::new()), "a token of no letters");
        let answer = serde_json::from_slice(input).unwrap_or_default();
        let token = Token::of_answer(&answer).inspect(|token| {
            assert!(!token.value.is_empty());
            token.is_fresh(Instant::now());
        });
        format!("{} {:?}", token.is_some(), printed.map(drop))
    });
}
