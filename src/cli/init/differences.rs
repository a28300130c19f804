//! `diff-scripts`: how a project's copies stand to the scripts of this version.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::copies::shipped;
use super::record::{self, Record, Shipped};
use crate::cli::global::Global;
use crate::cli::setup::project_folder;
use crate::dictionary::difference;
use crate::error::nearest;
use crate::report::{Level, Report};
use crate::ui::Ui;
use crate::{Error, Result};

/// Show how this project's copies of shipped scripts differ from those of this version.
///
/// Of each copy it is shown what the version changed since the copy was made, whether you have edited it or not. What
/// only you have changed is shown with `--all`.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl diff-scripts
  imgctl diff-scripts stdlib/docker.rhai
  imgctl diff-scripts --all         # also your own changes
  imgctl diff-scripts --seen        # your copies are as they should be: show what later versions change

To take a new version: remove the copy, and run `imgctl init --scripts` for all or none to use the shipped one.
.imgctl-scripts.json keeps what was copied; commit it with the copies.")]
pub struct DiffOptions {
    /// Only these, such as `stdlib/docker.rhai` or `docker`.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Also those that only you have changed, and all of what differs in those that both have.
    #[arg(long)]
    pub all: bool,

    /// Show nothing: keep that the copies were compared with this version.
    #[arg(long, conflicts_with = "all")]
    pub seen: bool,
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

fn standing(copy: &str, shipped: &str, was: Option<&Shipped>) -> Standing {
    let is = |text: &str| was.is_some_and(|was| was.is(text));
    match () {
        () if copy == shipped => Standing::Same,
        () if is(copy) => Standing::Old,
        () if is(shipped) => Standing::Own,
        () => Standing::Both,
    }
}

/// Those that are asked for and that the project has.
struct Copies {
    /// By path: the copy, and the shipped script.
    shipped: BTreeMap<String, (String, &'static str)>,
    /// Of a version before.
    gone: Vec<String>,
}

/// Shows what differs, or keeps that somebody has seen it.
pub fn diff_scripts(global: &Global, ui: &Arc<Ui>, options: &DiffOptions) -> Result<()> {
    if options.seen && global.dry_run {
        return Err(Error::usage("`imgctl diff-scripts --seen` has no dry run")
            .hint("leave `--seen` out: nothing is changed then"));
    }
    let project = project_folder(&global.config)?;
    let record = record::read(&project)?;
    let copies = find(&project, &record, &options.names)?;
    if options.seen {
        return seen(ui, &project, record, copies);
    }
    show(ui, &record, &copies, options);
    Ok(())
}

fn find(project: &Path, record: &Record, names: &[String]) -> Result<Copies> {
    let shipped = shipped();
    let gone: Vec<&String> = record.keys().filter(|name| !shipped.contains_key(*name)).collect();
    for name in names {
        let mut all = shipped.keys().chain(gone.iter().copied());
        if !all.any(|path| is_named(path, name)) {
            let stems = shipped.keys().filter_map(|path| Path::new(path).file_stem()?.to_str());
            let error = Error::usage(format!("no shipped script is called `{name}`"));
            return Err(match nearest(name, stems) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint("`imgctl list` shows the tasks, `imgctl api` the modules"),
            });
        }
    }
    let is_meant = |path: &str| {
        (names.is_empty() || names.iter().any(|name| is_named(path, name)))
            && project.join(path).symlink_metadata().is_ok()
    };
    let gone = gone.into_iter().filter(|path| is_meant(path)).cloned().collect();
    let mut found = Copies { shipped: BTreeMap::new(), gone };
    for (name, text) in shipped.into_iter().filter(|(name, _)| is_meant(name)) {
        let path = project.join(&name);
        let copy = crate::read::text(&path).map_err(|error| Error::io("read", &path, error))?;
        found.shipped.insert(name, (copy, text));
    }
    Ok(found)
}

fn seen(ui: &Arc<Ui>, project: &Path, mut record: Record, copies: Copies) -> Result<()> {
    let count = copies.shipped.len();
    for (name, (_, text)) in copies.shipped {
        record.insert(name, Shipped::of(text)?);
    }
    copies.gone.iter().for_each(|name| drop(record.remove(name)));
    record::write(project, &record)?;
    let message = format!(
        "{count} copies were compared with imgctl {}: later, what newer versions change is shown",
        env!("CARGO_PKG_VERSION")
    );
    ui.log(Level::Success, &message);
    Ok(())
}

fn show(ui: &Arc<Ui>, record: &Record, copies: &Copies, options: &DiffOptions) {
    let mut counts = [0; 4];
    for (name, (copy, text)) in &copies.shipped {
        let was = record.get(name);
        let standing = standing(copy, text, was);
        counts[standing as usize] += 1;
        let before = was.and_then(Shipped::text);
        let what = match standing {
            Standing::Same => continue,
            Standing::Own if !options.all => continue,
            Standing::Own => "edited",
            Standing::Old => "not edited, and changed by this version",
            Standing::Both if was.is_some() => "edited, and changed by this version",
            Standing::Both => "differs from the one of this version",
        };
        ui.print(&format!("# {name}: {what}"));
        if let (Standing::Both, Some(before)) = (standing, &before) {
            ui.print(&format!("--- shipped before/{name}\n+++ shipped/{name}"));
            ui.print(&difference(before, text));
            if !options.all {
                continue;
            }
        }
        ui.print(&format!("--- yours/{name}\n+++ shipped/{name}"));
        ui.print(&difference(copy, text));
    }
    for name in &copies.gone {
        ui.print(&format!("# {name}: a copy of a script that this version no longer ships"));
    }
    let [same, old, own, both] = counts;
    let gone = match copies.gone.len() {
        0 => String::new(),
        gone => format!(", {gone} no longer shipped"),
    };
    ui.log(
        Level::Info,
        &format!(
            "{} copies: {same} as shipped, {own} edited, {old} changed by this version, {both} both{gone}",
            same + old + own + both + copies.gone.len()
        ),
    );
    if old + both + copies.gone.len() > 0 {
        let message =
            "once your copies are as they should be, `imgctl diff-scripts --seen` keeps that";
        ui.log(Level::Info, message);
    }
}

/// `stdlib/docker.rhai` is also `docker.rhai` and `docker`.
fn is_named(path: &str, name: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    path == name || file == name || file.strip_suffix(".rhai") == Some(name)
}
