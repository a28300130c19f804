//! What tests of scripts need: hosts without machines, and assertions.

use std::collections::BTreeMap;

use rhai::plugin::*;
use rhai::{Array, FnPtr, Map};
use serde::Deserialize;

use super::equality::{as_data, differs, in_words, same};
use super::host::Host;
use super::options;
use crate::config::fake_host::{self, File, Rule};
use crate::run::Differed;
use crate::run::access::target::Reached;
use crate::script::errors::{Fallible, OrThrow, call_begins, caught, throw};
use crate::script::kind::kind;
use crate::script::running::Script;
use crate::{Code, Error};

/// The option map of `fake_host`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FakeHostMap {
    os: String,
    user: String,
    label: String,
    files: BTreeMap<String, Dynamic>,
    packages: Vec<String>,
    users: Vec<String>,
    groups: Vec<String>,
    services: Vec<String>,
    commands: Dynamic,
}

impl Default for FakeHostMap {
    fn default() -> FakeHostMap {
        FakeHostMap {
            os: "debian12".to_owned(),
            user: "admin".to_owned(),
            label: "host".to_owned(),
            files: BTreeMap::new(),
            packages: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
            services: Vec::new(),
            commands: Dynamic::UNIT,
        }
    }
}

/// A file that is written as a map.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileMap {
    text: String,
    mode: Option<String>,
    owner: Option<String>,
}

/// The answer to a command, without the command.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AnswerMap {
    stdout: String,
    stderr: String,
    status: i32,
    error: Option<String>,
    times: Option<u32>,
}

fn file(path: &str, value: Dynamic) -> Fallible<File> {
    let given = match value.try_cast_result::<Map>() {
        Ok(map) => options::read::<FileMap>(&format!("the file {path} of fake_host"), map)?,
        Err(value) => FileMap { text: text("a file of fake_host", &value)?, ..FileMap::default() },
    };
    Ok(File {
        text: given.text,
        mode: given.mode.unwrap_or_else(|| "644".to_owned()).trim_start_matches('0').to_owned(),
        owner: given.owner.unwrap_or_else(|| "root:root".to_owned()),
    })
}

fn text(what: &str, value: &Dynamic) -> Fallible<String> {
    value.clone().into_string().map_err(|name| {
        let message = format!("{what} is text or a map, not {}", kind(name));
        throw(Error::new(Code::Script, message))
    })
}

/// Rules in a list are asked in its order; of those in a map the longest that matches answers.
fn rules(what: &str, commands: Dynamic) -> Fallible<Vec<Rule>> {
    if commands.is_unit() {
        return Ok(Vec::new());
    }
    if let Some(list) = commands.read_lock::<Array>() {
        let rule = |item: &Dynamic| {
            let Some(map) = item.read_lock::<Map>() else {
                let message = format!("{what} is a list of maps");
                let hint = "write [#{ command: \"uptime\", stdout: \"up\" }]";
                return Err(throw(Error::new(Code::Script, message).hint(hint)));
            };
            options::read::<Rule>(what, map.clone())
        };
        return list.iter().map(rule).collect();
    }
    let Ok(map) = commands.try_cast_result::<Map>() else {
        let message =
            format!("{what} is a map of commands and what they print, or a list of rules");
        return Err(throw(Error::new(Code::Script, message)));
    };
    let mut rules = Vec::new();
    for (command, answer) in map {
        let given = match answer.try_cast_result::<Map>() {
            Ok(map) => options::read::<AnswerMap>(what, map)?,
            Err(answer) => AnswerMap { stdout: text(what, &answer)?, ..AnswerMap::default() },
        };
        let AnswerMap { stdout, stderr, status, error, times } = given;
        let command = command.to_string();
        rules.push(Rule { command, stdout, stderr, status, error, times, host: None });
    }
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.command.len()));
    Ok(rules)
}

fn make(call: &NativeCallContext, options: Map) -> Fallible<Host> {
    call_begins(call);
    let given: FakeHostMap = options::read("fake_host", options)?;
    let script = Script::of(call)?;
    let mut files = BTreeMap::new();
    for (path, value) in given.files {
        let made = file(&path, value)?;
        files.insert(path, made);
    }
    let host = fake_host::Host {
        os: given.os,
        user: given.user,
        label: given.label,
        files,
        packages: given.packages.into_iter().collect(),
        users: given.users.into_iter().collect(),
        groups: given.groups.into_iter().collect(),
        services: given.services.into_iter().collect(),
        rules: rules("`commands` of fake_host", given.commands)?,
    };
    let run = &script.run;
    let target = run.stage("fake_host").and_then(|stage| stage.host(&host)).or_throw()?;
    let remote = run.remote(target).or_throw()?;
    let scope = remote.address();
    Ok(Host::new(Reached::new(remote, None, scope, host.user)))
}

fn equal(call: &NativeCallContext, found: &Dynamic, wanted: &Dynamic, about: &str) -> Fallible<()> {
    call_begins(call);
    if same(call, found, wanted)? {
        return Ok(());
    }
    let error = differs(found, wanted, about);
    // What tests report to programs.
    if let Ok(stage) = Script::of(call)?.run.stage("assert_eq") {
        let (found, wanted) = (as_data(found), as_data(wanted));
        stage.differed(Differed { message: error.message().to_owned(), found, wanted });
    }
    Err(throw(error))
}

#[export_module]
pub mod functions {
    /// A host for tests that is no machine: commands are answered by a model of a Linux host, and a program
    /// that it does not know fails the test, also if the error is caught.
    ///
    /// ```rhai
    /// let host = fake_host();
    /// host.sudo("useradd ci");
    /// assert(host.test("id ci"));
    /// ```
    #[rhai_fn(name = "fake_host", return_raw)]
    pub fn fake_host(call: NativeCallContext) -> Fallible<Host> {
        make(&call, Map::new())
    }

    /// As `fake_host()`, with `os` (a distribution such as `rocky9`; the default is `debian12`), `user` (who
    /// logs in), `label`, `files` (by path: text, or `#{ text, mode, owner }`), `packages`, `users`, `groups`,
    /// `services` (enabled and running), and `commands`: a map from regular expressions to what a command that
    /// contains one prints, or to `#{ stdout, stderr, status, error, times }`. Of several the longest answers;
    /// in a list of such maps with the key `command` the first.
    ///
    /// ```rhai
    /// let host = fake_host(#{
    ///     os: "rocky9",
    ///     files: #{ "/etc/agent.conf": "port=1\n" },
    ///     commands: #{ "^agent --version": "2.1", "^agent start": #{ status: 1, stderr: "no token" } },
    /// });
    /// ```
    #[rhai_fn(name = "fake_host", return_raw)]
    pub fn fake_host_with(call: NativeCallContext, options: Map) -> Fallible<Host> {
        make(&call, options)
    }

    /// In a test, answers commands of `local::run` and `local::query`: without it they are refused there.
    /// `commands` is as for `fake_host`.
    ///
    /// ```rhai
    /// fake_local(#{ "^git rev-parse": "3f2a1bc" });
    /// ```
    #[rhai_fn(name = "fake_local", return_raw)]
    pub fn fake_local(call: NativeCallContext, commands: Dynamic) -> Fallible<()> {
        call_begins(&call);
        let rules = rules("fake_local", commands)?;
        let script = Script::of(&call)?;
        script.run.stage("fake_local").and_then(|stage| stage.answer_here(rules)).or_throw()
    }

    /// In a test, every call to hosts, to the fake cloud and to programs of this machine so far, as text:
    /// `ssh host sudo: apt-get update`.
    ///
    /// ```rhai
    /// assert(fake_calls().some(|line| line.contains("apt-get update")));
    /// ```
    #[rhai_fn(name = "fake_calls", return_raw)]
    pub fn fake_calls(call: NativeCallContext) -> Fallible<Array> {
        call_begins(&call);
        let script = Script::of(&call)?;
        let calls = script.run.stage("fake_calls").and_then(|stage| stage.calls()).or_throw()?;
        Ok(calls.into_iter().map(Dynamic::from).collect())
    }

    /// Throws unless the condition holds.
    ///
    /// ```rhai
    /// assert(cloud::host().test("docker info"));
    /// ```
    #[rhai_fn(name = "assert", return_raw)]
    pub fn assert(call: NativeCallContext, condition: bool) -> Fallible<()> {
        assert_about(call, condition, "the condition does not hold")
    }

    /// As `assert(condition)`; `message` says what is wrong if it does not hold.
    ///
    /// ```rhai
    /// assert(cloud::host().os.family == "debian", "only Debian is supported");
    /// ```
    #[rhai_fn(name = "assert", return_raw)]
    pub fn assert_about(call: NativeCallContext, condition: bool, message: &str) -> Fallible<()> {
        call_begins(&call);
        if condition { Ok(()) } else { Err(throw(Error::failed(message))) }
    }

    /// Throws unless both values are the same, and shows them; of long ones the difference. Results of commands
    /// are the same if status and texts are, hosts if they are one machine.
    ///
    /// ```rhai
    /// assert_eq("a,b".split(","), ["a", "b"]);
    /// ```
    #[rhai_fn(name = "assert_eq", return_raw)]
    pub fn assert_eq(call: NativeCallContext, found: Dynamic, wanted: Dynamic) -> Fallible<()> {
        equal(&call, &found, &wanted, "")
    }

    /// As `assert_eq(found, wanted)`; `about` says what is compared.
    ///
    /// ```rhai
    /// assert_eq(1 + 1, 2, "the sum");
    /// ```
    #[rhai_fn(name = "assert_eq", return_raw)]
    pub fn assert_eq_about(
        call: NativeCallContext,
        found: Dynamic,
        wanted: Dynamic,
        about: &str,
    ) -> Fallible<()> {
        equal(&call, &found, &wanted, about)
    }

    /// Throws unless the closure throws an error whose message, causes or hint contain `part`.
    ///
    /// ```rhai
    /// assert_throws(|| json::parse("{"), "not JSON");
    /// ```
    #[rhai_fn(name = "assert_throws", return_raw)]
    pub fn assert_throws(call: NativeCallContext, closure: FnPtr, part: &str) -> Fallible<()> {
        let returned = closure.call_within_context::<Dynamic>(&call, ());
        call_begins(&call);
        let error = match returned {
            Ok(value) => {
                let message = format!("nothing was thrown, but {} returned", in_words(&value));
                return Err(throw(Error::failed(message).hint(format!("wanted: {part}"))));
            }
            // Ctrl-C and limits end a script whatever it expects.
            Err(error) if !error.is_catchable() => return Err(error),
            Err(error) => caught(error, ""),
        };
        let mut said = vec![error.message().to_owned()];
        said.extend(error.causes().iter().cloned());
        said.extend(error.hint_text().map(str::to_owned));
        match said.iter().any(|text| text.contains(part)) {
            true => Ok(()),
            false => Err(throw(
                Error::failed(format!("another error was thrown: {}", said.join(": ")))
                    .hint(format!("wanted: {part}")),
            )),
        }
    }
}
