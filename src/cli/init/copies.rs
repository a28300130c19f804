//! Copies of the shipped scripts in a project, and how they differ from those of this version.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::write::write_new;
use crate::cli::global::Global;
use crate::cli::setup::project_folder;
use crate::dictionary::difference;
use crate::error::nearest;
use crate::report::{Level, Report};
use crate::run::digest;
use crate::script::shipped::Shelf;
use crate::ui::Ui;
use crate::{Error, Result};

/// Keeps what each copy was when it was made: by its path, a digest.
const RECORD: &str = ".imgctl-scripts.json";

/// Show how this project's copies of shipped scripts differ from those of this version.
///
/// A copy that was not edited is shown as what the version changed; one that was edited only if the shipped
/// script has changed as well.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl diff-scripts
  imgctl diff-scripts stdlib/docker.rhai
  imgctl diff-scripts --all         # also your own changes

To take a new version: remove the copy, and run `imgctl init --scripts` for all or none to use the shipped one.")]
pub struct DiffOptions {
    /// Only these, such as `stdlib/docker.rhai` or `docker`.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Also those that only you have changed.
    #[arg(long)]
    pub all: bool,
}

type Record = BTreeMap<String, String>;

/// The shipped scripts, by their paths in a project.
fn shipped() -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    for shelf in [Shelf::Scripts, Shelf::Stdlib] {
        found.extend(shelf.all_shipped());
    }
    found
}

fn read_record(project: &Path) -> Result<Record> {
    let path = project.join(RECORD);
    match crate::read::text(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| {
            Error::config(format!("cannot read {}", path.display()))
                .cause(error)
                .hint("remove it: every difference is shown then")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Record::new()),
        Err(error) => Err(Error::io("read", &path, error)),
    }
}

/// Copies what the project does not have yet.
pub fn copy(ui: &Arc<Ui>, project: &Path) -> Result<()> {
    let mut record = read_record(project)?;
    for (name, text) in shipped() {
        if write_new(ui, &project.join(&name), text)? {
            record.insert(name, digest::of(&[text]));
        }
    }
    let path = project.join(RECORD);
    let text = serde_json::to_string_pretty(&record)
        .map_err(|error| Error::failed("cannot write the record of copies").cause(error))?;
    std::fs::write(&path, text + "\n").map_err(|error| Error::io("write", &path, error))?;
    ui.log(
        Level::Warning,
        "the copies are used in place of the shipped scripts, also of those of later versions: keep those \
         that you edit and remove the others; `imgctl diff-scripts` shows what a new version changed",
    );
    Ok(())
}

/// How a copy stands to the shipped script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Same,
    /// Not edited: the version has changed it.
    Old,
    /// Edited, and the shipped one is as it was.
    Own,
    /// Edited, and the shipped one is another, or nobody knows.
    Both,
}

fn standing(copy: &str, shipped: &str, was: Option<&String>) -> Standing {
    let is = |text: &str| was.is_some_and(|was| *was == digest::of(&[text]));
    match () {
        () if copy == shipped => Standing::Same,
        () if is(copy) => Standing::Old,
        () if is(shipped) => Standing::Own,
        () => Standing::Both,
    }
}

pub fn diff_scripts(global: &Global, ui: &Arc<Ui>, options: &DiffOptions) -> Result<()> {
    let project = project_folder(&global.config)?;
    let (record, shipped) = (read_record(&project)?, shipped());
    for name in &options.names {
        if !shipped.keys().any(|path| is_named(path, name)) {
            let stems = shipped.keys().filter_map(|path| Path::new(path).file_stem()?.to_str());
            let error = Error::usage(format!("no shipped script is called `{name}`"));
            return Err(match nearest(name, stems) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`imgctl list` shows the tasks, `imgctl api` the modules"),
            });
        }
    }
    let mut counts = [0; 4];
    for (name, text) in &shipped {
        let asked = options.names.is_empty() || options.names.iter().any(|it| is_named(name, it));
        let path = project.join(name);
        if !asked || path.symlink_metadata().is_err() {
            continue;
        }
        let copy = crate::read::text(&path).map_err(|error| Error::io("read", &path, error))?;
        let standing = standing(&copy, text, record.get(name));
        counts[standing as usize] += 1;
        let what = match standing {
            Standing::Same => continue,
            Standing::Old => "not edited, and changed by this version",
            Standing::Both if record.contains_key(name) => "edited, and changed by this version",
            Standing::Both => "differs from the one of this version",
            Standing::Own if options.all => "edited",
            Standing::Own => continue,
        };
        ui.print(&format!("# {name}: {what}"));
        ui.print(&format!("--- yours/{name}\n+++ shipped/{name}"));
        ui.print(&difference(&copy, text));
    }
    let [same, old, own, both] = counts;
    ui.log(
        Level::Info,
        &format!(
            "{} copies: {same} as shipped, {own} edited, {old} changed by this version, {both} both",
            same + old + own + both
        ),
    );
    Ok(())
}

/// `stdlib/docker.rhai` is also `docker.rhai` and `docker`.
fn is_named(path: &str, name: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    path == name || file == name || file.strip_suffix(".rhai") == Some(name)
}
