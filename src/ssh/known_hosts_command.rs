//! `KnownHostsCommand`: a program of the user that prints lines of `known_hosts`.

use std::process::Command;

use ssh_key::{HashAlg, PublicKey};

use super::answer;
use super::hop::Hop;
use super::known_hosts::Known;
use crate::report::{Level, Report};
use crate::{Code, Error, Result, said};

/// Adds what the program prints to what is known about the host. `shown` is the key that the server
/// showed; none before that. The tokens are those of ssh_config(5).
///
/// # Errors
/// `Code::Config` if it cannot be run, `Code::Timeout`: without it an impostor could be accepted.
pub(super) fn add(
    known: &mut Known,
    session: &ssh2::Session,
    hop: &Hop,
    shown: Option<&PublicKey>,
    report: &dyn Report,
) -> Result<()> {
    let name = hop.key_alias.as_deref().unwrap_or(&hop.host);
    let none = || "NONE".to_string();
    let kind = shown.map_or_else(none, |key| key.algorithm().as_str().to_string());
    let key = shown.and_then(|key| key.to_openssh().ok());
    let key = key.and_then(|line| Some(line.split_whitespace().nth(1)?.to_string()));
    let key = key.unwrap_or_else(none);
    let print = shown.map_or_else(none, |key| key.fingerprint(HashAlg::Sha256).to_string());
    let host = if hop.port == 22 { name.to_string() } else { format!("[{name}]:{}", hop.port) };
    let reason = if shown.is_some() { "HOSTNAME" } else { "ORDER" };
    let fill = |word: &String| {
        let (mut filled, mut rest) = (String::new(), word.chars());
        while let Some(c) = rest.next() {
            match (c, if c == '%' { rest.next() } else { None }) {
                ('%', Some('H')) => filled.push_str(&host),
                ('%', Some('I')) => filled.push_str(reason),
                ('%', Some('K')) => filled.push_str(&key),
                ('%', Some('f')) => filled.push_str(&print),
                ('%', Some('t')) => filled.push_str(&kind),
                ('%', Some('%')) => filled.push('%'),
                (c, other) => {
                    filled.push(c);
                    filled.extend(other);
                }
            }
        }
        filled
    };
    let words: Vec<String> = hop.known_hosts_command.iter().map(fill).collect();
    let [program, arguments @ ..] = &words[..] else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments);
    let failed = |code, why: String| {
        let message =
            format!("[{}] KnownHostsCommand `{program}` cannot tell the host key", hop.label);
        Error::new(code, message).cause(why).hint(
            "correct it in ~/.ssh/config, or set `KnownHostsCommand none` for this host and add its \
             key to known_hosts",
        )
    };
    let output = answer::ask(command, hop.connect_timeout, &|| false)
        .map_err(|error| failed(Code::Config, error.to_string()))?
        .ok_or_else(|| failed(Code::Timeout, "it did not end in time".to_string()))?;
    if !output.status.success() {
        let told = said::last(&output.stderr, 1).pop();
        let told = told.map(|line| format!(": {line}")).unwrap_or_default();
        let message = format!(
            "{}: KnownHostsCommand `{program}` ended with {}{told}",
            hop.label, output.status
        );
        report.log(Level::Warning, &message);
    }
    known.add(session, "KnownHostsCommand", &output.stdout, name, hop.port);
    Ok(())
}
