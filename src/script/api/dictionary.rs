//! Files in which other programs look up image ids: YAML, JSON, HCL, TOML and dotenv. Only the value at
//! a path is changed; comments, order, quotes, anchors and line ends stay as they are.

use std::path::PathBuf;

use rhai::Map;
use rhai::plugin::*;
use serde::Deserialize;

use super::options;
use crate::dictionary::{Dictionary, Follow, Format, Locked, diff, text};
use crate::report::Level;
use crate::run::git::{leads_out, shown};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    anchor: bool,
    format: Option<String>,
}

/// A file of the project, and how it is edited.
struct Job {
    script: Script,
    /// As the script names it, or within the worktree of a change.
    name: String,
    path: PathBuf,
    format: Format,
    follow: Follow,
    /// The most bytes that are read.
    most: u64,
}

impl Job {
    fn of(call: &NativeCallContext, what: &str, file: &str, options: Map) -> Fallible<Job> {
        let options: Options = options::read(what, options)?;
        let script = Script::of(call)?;
        let path = script.run.options.project.join(file);
        let format = Format::of(&path, options.format.as_deref()).or_throw()?;
        let follow = if options.anchor { Follow::Anchors } else { Follow::Own };
        let most = script.run.config.limits().or_throw()?.file.as_u64();
        let name = shown(file);
        if name != file && !path.exists() {
            let error = Error::not_found(format!("the repository has no file {name}"));
            return Err(throw(error.hint("commit and push the file first, or correct its path")));
        }
        if leads_out(file) {
            let message = format!("{name} is a link that leads out of the repository");
            let error = Error::new(Code::Refused, message);
            return Err(throw(error.hint("name the file itself, in the repository that it is in")));
        }
        Ok(Job { script, name, path, format, follow, most })
    }

    /// Whether it is in the worktree of a change, which is gone after it.
    fn is_in_worktree(&self) -> bool {
        self.path != self.script.run.options.project.join(&self.name)
    }

    /// Its contents are an input, unless they are changed.
    fn notes(&self) -> Fallible<()> {
        if !self.is_in_worktree() {
            self.script.notes_file(&self.name, false).or_throw()?;
        }
        Ok(())
    }

    fn read(&self) -> Fallible<Dictionary> {
        self.notes()?;
        let text = text(&self.path, self.most, &self.script.run.watch).or_throw()?;
        Dictionary::read(&self.name, self.format, text).or_throw()
    }

    /// Sets all values in this text; the difference that it makes, and the new text.
    fn edited(&self, text: String, values: &Map) -> Fallible<(String, String)> {
        let before = text.clone();
        let mut dictionary = Dictionary::read(&self.name, self.format, text).or_throw()?;
        for (path, value) in values {
            self.script.run.watch.check().or_throw()?;
            let value = value.clone().into_immutable_string().map_err(|kind| {
                let error = Error::new(Code::Script, format!("the value for `{path}` is no text"));
                throw(
                    error.cause(format!("it is of the type {kind}")).hint("give an id: `image.id`"),
                )
            })?;
            dictionary.set(path, &value, self.follow).map_err(|error| {
                // The lines of the file as it is, not of the text in which others are set already.
                let as_it_is = Dictionary::read(&self.name, self.format, before.clone());
                let alone = as_it_is.and_then(|mut it| it.set(path, &value, self.follow));
                throw(alone.err().unwrap_or(error))
            })?;
        }
        let after = dictionary.text().to_owned();
        Ok((diff(&self.name, &before, &after, self.format.has_colons()), after))
    }

    fn set(&self, values: &Map) -> Fallible<bool> {
        self.notes()?;
        let watch = &self.script.run.watch;
        let what = |difference: &str| format!("change {}:\n{difference}", self.name);
        if self.script.run.options.dry_run {
            let text = text(&self.path, self.most, watch).or_throw()?;
            let (difference, _) = self.edited(text, values)?;
            return Ok(!difference.is_empty() && {
                self.script.run.may_change(&what(&difference));
                true
            });
        }
        let file = Locked::open(&self.path, watch).or_throw()?;
        let (difference, after) = self.edited(file.text(self.most, watch).or_throw()?, values)?;
        if difference.is_empty() {
            return Ok(false);
        }
        self.script.wrote(&self.path);
        file.write(&after).or_throw()?;
        // Of a worktree nothing has changed before it is pushed: the branch may have it already.
        let (level, where_to) = match self.is_in_worktree() {
            true => (Level::Info, " for the commit"),
            false => (Level::Success, ""),
        };
        watch.report.log(level, &format!("changed {}{where_to}:\n{difference}", self.name));
        Ok(true)
    }
}

fn one(path: &str, value: &str) -> Map {
    Map::from([(path.into(), value.into())])
}

#[export_module]
pub mod functions {
    /// The value at a path, behind aliases and merge keys; `()` if there is none.
    ///
    /// ```rhai
    /// let old = dictionary::get("images.yaml", "jenkins.clouds.images.aws.us-west-2.centos7");
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, file: &str, path: &str) -> Fallible<Dynamic> {
        let job = Job::of(&call, "dictionary::get", file, Map::new())?;
        let value = job.read()?.get(path).or_throw()?;
        Ok(value.map_or(Dynamic::UNIT, Dynamic::from))
    }

    /// Sets the value at a path and leaves every other byte of the file as it is; true if that changed
    /// anything. A missing key is added beside its neighbours. What would change more than this value is
    /// an error that names the line to edit by hand.
    ///
    /// A path is keys with dots between them; a key that contains a dot is in double quotes; an item of
    /// a list is `list[0]` or `list[key=value]`.
    ///
    /// ```rhai
    /// dictionary::set("images.yaml", "jenkins.clouds.images.aws.us-west-2.centos7", image.id);
    /// dictionary::set("jenkins.yaml", "jenkins.clouds[amazonEC2.name=aws].amazonEC2.templates[description=centos7].ami", image.id);
    /// ```
    #[rhai_fn(name = "set", return_raw)]
    pub fn set(call: NativeCallContext, file: &str, path: &str, value: &str) -> Fallible<bool> {
        Job::of(&call, "dictionary::set", file, Map::new())?.set(&one(path, value))
    }

    /// The same with options: `anchor: true` follows an alias and changes the value at its anchor, for
    /// all that use it; `format` is `yaml`, `json`, `hcl`, `toml` or `dotenv` where the file's name
    /// does not tell it.
    ///
    /// ```rhai
    /// dictionary::set("images.yaml", "jenkins.agent.ami", image.id, #{ anchor: true });
    /// ```
    #[rhai_fn(name = "set", return_raw)]
    pub fn set_with(
        call: NativeCallContext,
        file: &str,
        path: &str,
        value: &str,
        options: Map,
    ) -> Fallible<bool> {
        Job::of(&call, "dictionary::set", file, options)?.set(&one(path, value))
    }

    /// Sets several values of one file, all of them or none; true if that changed anything.
    ///
    /// ```rhai
    /// dictionary::set_all("images.yaml", #{
    ///     "images.aws.us-west-2.centos7": image.id,
    ///     "images.aws.eu-central-1.centos7": id,
    /// });
    /// ```
    #[rhai_fn(name = "set_all", return_raw)]
    pub fn set_all(call: NativeCallContext, file: &str, values: Map) -> Fallible<bool> {
        Job::of(&call, "dictionary::set_all", file, Map::new())?.set(&values)
    }

    /// The same with the options of `dictionary::set`.
    ///
    /// ```rhai
    /// dictionary::set_all("agents.conf", #{ CENTOS7: image.id }, #{ format: "dotenv" });
    /// ```
    #[rhai_fn(name = "set_all", return_raw)]
    pub fn set_all_with(
        call: NativeCallContext,
        file: &str,
        values: Map,
        options: Map,
    ) -> Fallible<bool> {
        Job::of(&call, "dictionary::set_all", file, options)?.set(&values)
    }

    /// The lines that `dictionary::set_all` would change, as `diff -u` shows them; empty if none. Values
    /// beside them that may be secrets are not shown, so it is for reading, no patch.
    ///
    /// ```rhai
    /// print(dictionary::diff("images.yaml", #{ "images.aws.us-west-2.centos7": image.id }));
    /// ```
    #[rhai_fn(name = "diff", return_raw)]
    pub fn difference(call: NativeCallContext, file: &str, values: Map) -> Fallible<String> {
        difference_of(&call, file, &values, Map::new())
    }

    /// The same with the options of `dictionary::set`.
    ///
    /// ```rhai
    /// print(dictionary::diff("agents.conf", #{ CENTOS7: image.id }, #{ format: "dotenv" }));
    /// ```
    #[rhai_fn(name = "diff", return_raw)]
    pub fn difference_with(
        call: NativeCallContext,
        file: &str,
        values: Map,
        options: Map,
    ) -> Fallible<String> {
        difference_of(&call, file, &values, options)
    }
}

fn difference_of(
    call: &NativeCallContext,
    file: &str,
    values: &Map,
    options: Map,
) -> Fallible<String> {
    let job = Job::of(call, "dictionary::diff", file, options)?;
    job.notes()?;
    let text = text(&job.path, job.most, &job.script.run.watch).or_throw()?;
    Ok(job.edited(text, values)?.0)
}
