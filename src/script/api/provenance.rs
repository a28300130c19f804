//! Where an image comes from, and signatures that say so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rhai::Map;
use rhai::plugin::*;

use super::options;
use crate::Result;
use crate::run::Run;
use crate::run::provenance::{self, Product, Text};
use crate::script::Task;
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;
use crate::script::shipped::Shelf;

/// The texts that the build depends on: the files of settings, the scripts whose steps were done, this one, and the
/// library.
fn texts(script: &Script) -> Result<Vec<Text>> {
    let run = &script.run;
    let project = &run.options.project;
    let mut texts = Vec::new();
    for (name, text) in run.config.files() {
        let (name, text) = (shown(project, name), text.to_owned());
        texts.push(Text { name, text });
    }
    let steps = run.store.document().map(|document| document.steps).unwrap_or_default();
    let mut names: BTreeSet<String> = steps.into_iter().map(|step| step.script).collect();
    names.insert(script.name.clone());
    for name in names {
        // What was a task then may not be one now.
        if let Ok(task) = Task::find(project, &name) {
            texts.push(Text { name: task.source.name, text: task.source.text });
        }
    }
    for name in Shelf::Stdlib.names(project)? {
        if let Some(source) = Shelf::Stdlib.find(project, &name)? {
            texts.push(Text { name: source.name, text: source.text });
        }
    }
    Ok(texts)
}

/// A file's name, without where the project is on this machine.
fn shown(project: &Path, name: &str) -> String {
    let path = Path::new(name);
    path.strip_prefix(project).unwrap_or(path).display().to_string()
}

/// `~/` is the home folder, a relative path starts from the project.
fn key_path(run: &Run, key: &str) -> Result<PathBuf> {
    Ok(run.selection()?.resolve(Path::new(key)))
}

#[export_module]
pub mod functions {
    /// The provenance of an image as text: an in-toto statement (v1) with SLSA's provenance (v1). Of the
    /// image `id`, `name`, `created`, `sha256` (of its file, if there is one), `builder` (a URI) and
    /// `byproducts` (maps of `name` and `sha256`); the rest is taken from the state. Secrets are `***`.
    ///
    /// ```rhai
    /// let image = cloud::newest_image();
    /// let text = provenance::statement(#{ id: image.id, name: image.name, created: image.created });
    /// ```
    #[rhai_fn(name = "statement", return_raw)]
    pub fn statement(call: NativeCallContext, image: Map) -> Fallible<String> {
        let script = Script::of(&call)?;
        let product: Product = options::read("provenance::statement", image)?;
        let texts = texts(&script).or_throw()?;
        provenance::statement(&script.run, &product, &texts).or_throw()
    }

    /// The signature of a text, as `ssh-keygen -Y sign -n imgctl-provenance` makes it: by a private key in a
    /// file, or by the SSH agent if the key is a public one, has a passphrase or is in a token.
    ///
    /// ```rhai
    /// fs::write("agent.json.sig", provenance::sign(fs::read("agent.json"), "~/.ssh/id_ed25519"));
    /// ```
    #[rhai_fn(name = "sign", return_raw)]
    pub fn sign(call: NativeCallContext, text: &str, key: &str) -> Fallible<String> {
        let script = Script::of(&call)?;
        let path = key_path(&script.run, key).or_throw()?;
        provenance::sign(&script.run, &path, text).or_throw()
    }

    /// Throws if this key cannot sign; nothing is signed.
    ///
    /// ```rhai
    /// provenance::check_key("~/.ssh/id_ed25519");
    /// ```
    #[rhai_fn(name = "check_key", return_raw)]
    pub fn check_key(call: NativeCallContext, key: &str) -> Fallible<()> {
        let script = Script::of(&call)?;
        let path = key_path(&script.run, key).or_throw()?;
        provenance::check(&script.run, &path).or_throw()
    }
}
