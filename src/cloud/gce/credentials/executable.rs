//! A program of the user's own that prints the external account's token:
//! <https://google.aip.dev/auth/4117>.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use super::program;
use crate::cloud::refusals::NO_REASON;
use crate::report::Watch;
use crate::{Code, Error, Result, read, said};

/// Must be 1: a credentials file from elsewhere must not be able to start programs.
const ALLOW: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
const TIMEOUT: Duration = Duration::from_secs(30);
/// How many of the last lines on standard error an error quotes.
const QUOTED_LINES: usize = 3;

/// What the token is for, as the program reads it in its variables.
pub struct Purpose<'a> {
    pub audience: &'a str,
    pub token_type: &'a str,
    /// The address for tokens of the service account that is impersonated.
    pub impersonation_url: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Executable {
    command: String,
    timeout_millis: Option<u64>,
    output_file: Option<PathBuf>,
}

pub async fn token(program: &Executable, purpose: &Purpose<'_>, watch: &Watch) -> Result<String> {
    if std::env::var(ALLOW).as_deref() != Ok("1") {
        return Err(Error::config(
            "the credentials file names a program, and running it is not allowed",
        )
        .cause(said::begin(&program.command))
        .hint(format!("set {ALLOW}=1 if you trust the program")));
    }
    // The token of the last run may still be valid.
    if let Some(path) = &program.output_file
        && let Ok(text) = read::bytes(path, read::MOST, &|| watch.cancel.is_cancelled())
        && let Ok(token) = kept(&text)
    {
        return Ok(token);
    }
    let shown = said::begin(&program.command);
    let failed = |why: String| {
        Error::new(Code::Authentication, format!("`{shown}` printed no token"))
            .cause(why)
            .hint("run it yourself until it prints a token, or correct the file of credentials")
    };
    let words = shlex::split(&program.command).unwrap_or_default();
    let (name, arguments) =
        words.split_first().ok_or_else(|| failed("it is not a command".to_owned()))?;
    let mut command = Command::new(name);
    command
        .args(arguments)
        .env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", purpose.audience)
        .env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", purpose.token_type)
        .env("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0");
    if let Some(email) = purpose.impersonation_url.and_then(email_of) {
        command.env("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL", email);
    }
    if let Some(path) = &program.output_file {
        command.env("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE", path);
    }
    let limit = program.timeout_millis.map_or(TIMEOUT, Duration::from_millis);
    let output = program::output(command, limit, watch).await?.map_err(failed)?;
    if !output.status.success() {
        let error = failed(output.status.to_string());
        return Err(said::last(&output.stderr, QUOTED_LINES).into_iter().fold(error, Error::cause));
    }
    printed(&output.stdout).map_err(failed)
}

/// `…/serviceAccounts/EMAIL:generateAccessToken`
fn email_of(url: &str) -> Option<&str> {
    url.rsplit_once('/')?.1.split(':').next().filter(|email| email.contains('@'))
}

/// The token in a file. Without the time of its end it is not used: an expired one would be used for
/// ever.
fn kept(text: &[u8]) -> Result<String, String> {
    let answer: Value = serde_json::from_slice(text).unwrap_or_default();
    if answer["expiration_time"].as_i64().is_none() {
        return Err("it does not say when its token expires".to_owned());
    }
    printed(text)
}

/// The token in the program's output, or the reason for its absence.
pub(super) fn printed(text: &[u8]) -> Result<String, String> {
    let answer: Value =
        serde_json::from_slice(text).map_err(|_| "its output is not JSON".to_owned())?;
    if answer["success"] != true {
        let (code, message) = (&answer["code"], answer["message"].as_str().unwrap_or(NO_REASON));
        let told = format!("{}: {message}", code.as_str().unwrap_or("failed"));
        return Err(said::begin(&told));
    }
    let ends = answer["expiration_time"].as_i64();
    if ends.is_some_and(|ends| ends <= Timestamp::now().as_second()) {
        return Err("its token has expired".to_owned());
    }
    let token = ["id_token", "saml_response"].iter().find_map(|field| answer[*field].as_str());
    token.map(str::to_owned).ok_or_else(|| "its output contains no token".to_owned())
}
