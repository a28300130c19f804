//! The result of a command.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use rhai::plugin::*;

use super::keep_bytes;
use crate::ssh::Output;

/// The output and status of a command, as scripts see it.
#[derive(Debug, Clone)]
pub struct CommandResult {
    pub stdout: String,
    pub stderr: String,
    pub status: i64,
    pub seconds: f64,
}

impl From<Output> for CommandResult {
    fn from(output: Output) -> Self {
        CommandResult::of(output, false)
    }
}

impl CommandResult {
    /// With `keep_bytes`, every byte of the output is in the text.
    pub fn of(output: Output, keep_bytes: bool) -> Self {
        let text = |bytes: &[u8]| match keep_bytes {
            true => keep_bytes::to_text(bytes),
            false => String::from_utf8_lossy(bytes).into_owned(),
        };
        CommandResult {
            stdout: trimmed(text(&output.stdout)),
            stderr: trimmed(text(&output.stderr)),
            status: i64::from(output.status),
            seconds: output.seconds,
        }
    }
}

/// Without line ends at the end, as `$(…)` of a shell.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    text
}

#[export_module]
pub mod functions {
    /// Standard output, without its last line end.
    ///
    /// ```rhai
    /// print(host.query("uname -r").stdout);
    /// ```
    #[rhai_fn(get = "stdout", pure)]
    pub fn stdout(result: &mut CommandResult) -> String {
        result.stdout.clone()
    }

    /// Standard error, without its last line end.
    ///
    /// ```rhai
    /// log::warn(host.run("make", #{ ok: [0, 2] }).stderr);
    /// ```
    #[rhai_fn(get = "stderr", pure)]
    pub fn stderr(result: &mut CommandResult) -> String {
        result.stderr.clone()
    }

    /// The exit status; 128 + n after signal n.
    ///
    /// ```rhai
    /// if host.query("systemctl is-active nginx").status == 3 { log::info("nginx is stopped"); }
    /// ```
    #[rhai_fn(get = "status", pure)]
    pub fn status(result: &mut CommandResult) -> i64 {
        result.status
    }

    /// True when the exit status is 0.
    ///
    /// ```rhai
    /// if !host.query("test -e /etc/debian_version").ok { log::info("not a Debian"); }
    /// ```
    #[rhai_fn(get = "ok", pure)]
    pub fn ok(result: &mut CommandResult) -> bool {
        result.status == 0
    }

    /// How long it took, in seconds.
    ///
    /// ```rhai
    /// log::info(`the update took ${host.sudo("apt-get update").seconds} s`);
    /// ```
    #[rhai_fn(get = "seconds", pure)]
    pub fn seconds(result: &mut CommandResult) -> f64 {
        result.seconds
    }

    /// The lines of standard output, as an array.
    ///
    /// ```rhai
    /// for user in host.query("cut -d: -f1 /etc/passwd").lines { print(user); }
    /// ```
    #[rhai_fn(get = "lines", pure)]
    pub fn lines(result: &mut CommandResult) -> rhai::Array {
        result.stdout.lines().map(|line| line.to_string().into()).collect()
    }

    /// Standard output, where the result is used as text: `${host.query("hostname")}`.
    ///
    /// ```rhai
    /// print(`this is ${host.query("hostname")}`);
    /// ```
    #[rhai_fn(name = "to_string", pure)]
    pub fn to_string(result: &mut CommandResult) -> String {
        result.stdout.clone()
    }
}
