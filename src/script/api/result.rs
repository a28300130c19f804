//! The result of a command.

#![expect(clippy::unwrap_used, reason = "export_module unwraps the receiver it just checked")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rhai::plugin::*;

use super::keep_bytes;
use crate::report::Level;
use crate::script::running::Script;
use crate::ssh::{Output, shortened};

/// The output and status of a command, as scripts see it.
#[derive(Debug, Clone)]
pub struct CommandResult {
    pub stdout: String,
    pub stderr: String,
    pub status: i64,
    pub seconds: f64,
    /// What the texts do not hold.
    lost: Option<Arc<Lost>>,
}

/// The bytes of an output that are not UTF-8, in whose place its text has U+FFFD.
#[derive(Debug)]
struct Lost {
    /// `[host] \`command\``
    printed_by: String,
    bytes: usize,
    told: AtomicBool,
}

impl From<Output> for CommandResult {
    fn from(output: Output) -> Self {
        CommandResult::of(output, true)
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
            lost: None,
        }
    }

    /// The result for scripts of a command on `host`, shown as `shown`.
    pub fn shown(host: &str, shown: &str, output: Output, keep_bytes: bool) -> Self {
        let invalid = |bytes: &[u8]| bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
        let bytes: usize = match keep_bytes {
            true => 0,
            false => [&output.stdout, &output.stderr].map(|bytes| invalid(bytes)).iter().sum(),
        };
        let lost = (bytes > 0).then(|| {
            let printed_by = format!("[{host}] `{}`", shortened(shown));
            Arc::new(Lost { printed_by, bytes, told: AtomicBool::new(false) })
        });
        CommandResult { lost, ..CommandResult::of(output, keep_bytes) }
    }

    /// Says what the text that a script takes does not hold, once for each command: nobody misses the
    /// bytes of an output that is not used.
    fn taken(&self, call: &NativeCallContext) {
        let Some(lost) = &self.lost else { return };
        if lost.told.swap(true, Ordering::Relaxed) {
            return;
        }
        let Lost { printed_by, bytes, .. } = &**lost;
        let (noun, verb) = if *bytes == 1 { ("byte", "is") } else { ("bytes", "are") };
        let message = format!(
            "{printed_by} printed {bytes} {noun} that {verb} not UTF-8, replaced by U+FFFD in its \
             result (keep all bytes with `keep_bytes: true`)"
        );
        if let Ok(script) = Script::of(call) {
            script.run.watch.report.log(Level::Warning, &message);
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
    pub fn stdout(call: NativeCallContext, result: &mut CommandResult) -> String {
        result.taken(&call);
        result.stdout.clone()
    }

    /// Standard error, without its last line end.
    ///
    /// ```rhai
    /// log::warn(host.run("make", #{ ok: [0, 2] }).stderr);
    /// ```
    #[rhai_fn(get = "stderr", pure)]
    pub fn stderr(call: NativeCallContext, result: &mut CommandResult) -> String {
        result.taken(&call);
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
    pub fn lines(call: NativeCallContext, result: &mut CommandResult) -> rhai::Array {
        result.taken(&call);
        result.stdout.lines().map(|line| line.to_string().into()).collect()
    }

    /// Standard output, where the result is used as text: `${host.query("hostname")}`.
    ///
    /// ```rhai
    /// print(`this is ${host.query("hostname")}`);
    /// ```
    #[rhai_fn(name = "to_string", pure)]
    pub fn to_string(call: NativeCallContext, result: &mut CommandResult) -> String {
        result.taken(&call);
        result.stdout.clone()
    }
}
