//! The programs the model of a host knows, as far as scripts look at their results.

mod accounts;
pub(super) mod files;
mod find;
mod packages;
mod services;
mod text;

use std::collections::BTreeMap;

use super::shell;
use crate::fault::Machine;

/// Where a program runs.
pub(super) struct Context<'a> {
    pub(super) machine: &'a mut Machine,
    pub(super) user: String,
    pub(super) env: BTreeMap<String, String>,
    pub(super) cwd: Option<String>,
    /// `set -e`
    pub(super) stop_on_error: bool,
    /// The shell is to end.
    pub(super) exited: bool,
}

/// What a program did.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
    pub(super) status: i32,
}

impl<'a> Context<'a> {
    pub(super) fn new(machine: &'a mut Machine, user: &str, cwd: Option<String>) -> Context<'a> {
        let home = match machine.disk.users.get(user) {
            Some(account) => account.home.clone(),
            None => format!("/home/{user}"),
        };
        let env = [("HOME".to_owned(), home), ("USER".to_owned(), user.to_owned())].into();
        Context { machine, user: user.to_owned(), env, cwd, stop_on_error: false, exited: false }
    }

    /// A path as the kernel would see it.
    pub(super) fn path(&self, path: &str) -> String {
        let home = self.env.get("HOME").map_or("/", String::as_str);
        files::absolute(path, home, self.cwd.as_deref())
    }
}

impl Reply {
    pub(super) fn prints(text: &str) -> Reply {
        Reply { stdout: text.as_bytes().to_vec(), ..Reply::default() }
    }

    pub(super) fn fails(status: i32, message: &str) -> Reply {
        Reply { stderr: format!("{message}\n"), status, ..Reply::default() }
    }

    /// Goes on with what came later: its output after this, its status instead.
    pub(super) fn add(&mut self, later: Reply) {
        self.stdout.extend(later.stdout);
        self.stderr += &later.stderr;
        self.status = later.status;
    }

    /// Status 0 for true, 1 for false.
    pub(super) fn says(answer: bool) -> Reply {
        Reply { status: i32::from(!answer), ..Reply::default() }
    }
}

/// Runs a program; one it does not know succeeds and prints nothing.
pub(super) fn run(context: &mut Context, words: &[String], stdin: Vec<u8>) -> Reply {
    let is_assignment = |word: &&String| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let assigned = words.iter().take_while(is_assignment).count();
    let Some((name, args)) = words[assigned..].split_first() else { return Reply::default() };
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let name = name.rsplit('/').next().unwrap_or(name);
    let operands: Vec<&str> = args.iter().copied().filter(|arg| !arg.starts_with('-')).collect();
    match name {
        "sudo" | "env" | "exec" | "nice" | "timeout" | "nohup" | "command" | "builtin"
            if name != "command" || args.first() != Some(&"-v") =>
        {
            wrapped(context, name, words, assigned, stdin)
        }
        "sh" | "bash" | "dash" => match args.iter().position(|arg| is_c_option(arg)) {
            Some(at) => shell::script(context, args.get(at + 1).unwrap_or(&""), stdin),
            None if operands.is_empty() => {
                shell::script(context, &String::from_utf8_lossy(&stdin), Vec::new())
            }
            None => Reply::default(),
        },
        "reboot" => power(context, true),
        "poweroff" | "halt" => power(context, false),
        "shutdown" => power(context, args.contains(&"-r")),
        "false" => Reply::says(false),
        "uname" => uname(context, &args),
        "hostname" => files::cat(context, &["/etc/hostname"], Vec::new()),
        "nproc" => Reply::prints("2\n"),
        "command" | "which" => {
            let names = operands.iter().map(|name| format!("/usr/bin/{name}\n"));
            Reply::prints(&names.collect::<String>())
        }
        "umask" => Reply::prints(&format!("0{}\n", login_umask(context))),
        "cloud-init" if args.first() == Some(&"status") => Reply::prints("status: done\n"),
        "find" => find::run(context, &args),
        _ => files::run(context, name, &args, &stdin)
            .or_else(|| text::run(context, name, &args, &stdin))
            .or_else(|| packages::run(context, name, &args))
            .or_else(|| services::run(context, name, &args))
            .or_else(|| accounts::run(context, name, &args))
            .unwrap_or_default(),
    }
}

/// `-c`, `-ec`, `-euxc`
fn is_c_option(arg: &str) -> bool {
    arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with('c')
}

/// A program that runs another one: its own options and their values are passed over.
fn wrapped(
    context: &mut Context,
    name: &str,
    words: &[String],
    assigned: usize,
    stdin: Vec<u8>,
) -> Reply {
    let takes_value = |option: &str| match name {
        "sudo" => matches!(option, "-u" | "-g"),
        "nice" => option == "-n",
        "env" => option == "-u",
        _ => false,
    };
    let mut user = (name == "sudo").then(|| "root".to_owned());
    let mut at = assigned + 1;
    if name == "timeout" && words.get(at).is_some_and(|word| !word.starts_with('-')) {
        at += 1;
    }
    while let Some(option) = words.get(at).filter(|word| word.starts_with('-')) {
        if takes_value(option) {
            at += 1;
            if name == "sudo" && option == "-u" {
                user = words.get(at).cloned();
            }
        }
        at += 1;
    }
    let inner = words.get(at..).unwrap_or_default();
    match user {
        Some(user) => {
            let mut context = Context::new(context.machine, &user, context.cwd.clone());
            run(&mut context, inner, stdin)
        }
        None => run(context, inner, stdin),
    }
}

fn power(context: &mut Context, again: bool) -> Reply {
    context.machine.running = false;
    if again {
        context.machine.boot();
    }
    Reply::default()
}

/// What a login shell's profile sets, else Debian's own.
fn login_umask(context: &Context) -> String {
    let profiles = files::below(&context.machine.disk, "/etc/profile.d");
    let texts = profiles.map(|(_, entry)| String::from_utf8_lossy(&entry.contents).into_owned());
    let set = texts.filter_map(|text| Some(text.trim().strip_prefix("umask ")?.to_owned())).last();
    set.unwrap_or_else(|| "022".to_owned())
}

fn uname(context: &Context, args: &[&str]) -> Reply {
    Reply::prints(match args.first() {
        Some(&"-m") => match context.machine.architecture.as_str() {
            "arm64" | "aarch64" => "aarch64\n",
            _ => "x86_64\n",
        },
        Some(&"-r") => "6.1.0-40-cloud-amd64\n",
        _ => "Linux\n",
    })
}

/// Whether all of `text` fits a shell pattern in which `*` stands for anything.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let parts: Vec<String> = pattern.split('*').map(regex_lite::escape).collect();
    regex(&format!("^(?s:{})$", parts.join(".*"))).is_some_and(|regex| regex.is_match(text))
}

/// None for what is no regular expression.
pub(super) fn regex(pattern: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(pattern).ok()
}
