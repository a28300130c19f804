//! A program of the user's own that tells the external account's token.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use super::subject::Purpose;
use crate::report::Watch;
use crate::{Code, Error, Result};

/// Must be 1: a file of credentials from elsewhere shall not be able to start programs.
const ALLOW: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
pub struct Executable {
    command: String,
    timeout_millis: Option<u64>,
    output_file: Option<PathBuf>,
}

pub async fn token(program: &Executable, purpose: &Purpose<'_>, watch: &Watch) -> Result<String> {
    if std::env::var(ALLOW).as_deref() != Ok("1") {
        return Err(Error::config("the credentials want to run a program, which is not allowed")
            .cause(&program.command)
            .hint(format!("if you trust it, set {ALLOW}=1")));
    }
    // What it said last time may still hold.
    if let Some(path) = &program.output_file
        && let Ok(text) = tokio::fs::read(path).await
        && let Ok(token) = kept(&text)
    {
        return Ok(token);
    }
    let failed = |why: String| {
        Error::new(Code::Authentication, format!("`{}` gave no token", program.command)).cause(why)
    };
    let words = shlex::split(&program.command).unwrap_or_default();
    let (name, arguments) =
        words.split_first().ok_or_else(|| failed("it is no command".to_owned()))?;
    let mut command = Command::new(name);
    command
        .args(arguments)
        .env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", purpose.audience)
        .env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", purpose.token_type)
        .env("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(email) = purpose.speaks_for.and_then(email_of) {
        command.env("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL", email);
    }
    if let Some(path) = &program.output_file {
        command.env("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE", path);
    }
    let limit = program.timeout_millis.map_or(TIMEOUT, Duration::from_millis);
    let run = async { Ok(tokio::time::timeout(limit, command.output()).await) };
    let output = watch
        .guard(run)
        .await?
        .map_err(|_| failed(format!("it ran for more than {} s", limit.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    told(&output.stdout).map_err(failed)
}

/// `…/serviceAccounts/EMAIL:generateAccessToken`
fn email_of(url: &str) -> Option<&str> {
    url.rsplit_once('/')?.1.split(':').next().filter(|email| email.contains('@'))
}

/// The token in a file: only one that tells its end, or an old one would be shown for ever.
fn kept(text: &[u8]) -> Result<String, String> {
    let answer: Value = serde_json::from_slice(text).unwrap_or_default();
    if answer["expiration_time"].as_i64().is_none() {
        return Err("it does not tell when its token ends".to_owned());
    }
    told(text)
}

/// The token in the program's answer, or why there is none.
fn told(text: &[u8]) -> Result<String, String> {
    let answer: Value =
        serde_json::from_slice(text).map_err(|_| "its answer is not JSON".to_owned())?;
    if answer["success"] != true {
        let (code, message) = (&answer["code"], answer["message"].as_str().unwrap_or("no reason"));
        return Err(format!("{}: {message}", code.as_str().unwrap_or("failed")));
    }
    let ends = answer["expiration_time"].as_i64();
    if ends.is_some_and(|ends| ends <= Timestamp::now().as_second()) {
        return Err("its token has ended already".to_owned());
    }
    let token = ["id_token", "saml_response"].iter().find_map(|field| answer[*field].as_str());
    token.map(str::to_owned).ok_or_else(|| "its answer holds no token".to_owned())
}
