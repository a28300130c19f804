//! The manifest of all images: what a run tells it. The state keeps what is told until the file has it, so
//! that nothing is lost to a kill or a full disk.

use std::path::PathBuf;

use serde_json::Value;

use super::Run;
use crate::cloud::Image;
use crate::report::Level;
use crate::state::Document;
use crate::state::manifest::{self, Entry, Manifest};
use crate::{Error, Result};

/// In the project's folder.
const FILE: &str = "images.json";

/// The file behind links. None: it is switched off.
pub fn path(run: &Run) -> Result<Option<PathBuf>> {
    if run.config.get("manifest.enabled")? == Some(Value::Bool(false)) {
        return Ok(None);
    }
    let file = match run.config.get("manifest.file")? {
        Some(Value::String(file)) if file.trim().is_empty() => {
            return Err(Error::config("manifest.file is empty")
                .hint("name a file, or set manifest.enabled to false"));
        }
        Some(Value::String(file)) => file,
        _ => FILE.to_owned(),
    };
    // A test keeps one of its own, whatever the project's is called.
    let file = if run.options.beside.is_some() { FILE.to_owned() } else { file };
    manifest::resolve(&run.options.beside().join(file)).map(Some)
}

/// Reads the file, so that one which cannot be used is told before anything is made.
pub fn check(run: &Run) -> Result<()> {
    read(run).map(drop)
}

/// All images: those of the file, with what it is still to be told. None: it is switched off.
pub fn read(run: &Run) -> Result<Option<Manifest>> {
    let Some(path) = path(run)? else { return Ok(None) };
    let mut found = manifest::read(&path, &run.watch)?;
    let unlisted = run.store.document().map(|document| document.unlisted).unwrap_or_default();
    unlisted.into_iter().for_each(|entry| found.put(entry));
    found.note_copies();
    Ok(Some(found))
}

/// What the manifest tells about an image of the place that is worked in.
pub fn find(run: &Run, id: &str) -> Result<Option<Entry>> {
    let Some(found) = read(run)? else { return Ok(None) };
    let cloud = run.selection()?.cloud;
    let of_id = |it: &Entry| it.cloud == cloud && it.id == id;
    let images: Vec<Entry> = found.images.into_iter().filter(of_id).collect();
    if images.is_empty() {
        // The cloud need not be asked which place this is.
        return Ok(None);
    }
    let (region, project) = place(run)?;
    Ok(images.into_iter().find(|it| it.is_at(&cloud, project.as_deref(), &region, id)))
}

/// Adds what scripts tell about an image that is listed; false if it is not.
pub fn add(run: &Run, id: &str, keys: Value) -> Result<bool> {
    let Some(known) = find(run, id)? else { return Ok(false) };
    let Value::Object(keys) = keys else { return Ok(false) };
    let own = serde_json::to_value(Entry::full()).unwrap_or_default();
    if let Some(key) = keys.keys().find(|key| own.get(key.as_str()).is_some()) {
        return Err(Error::usage(format!("`{key}` of the manifest is written by imgctl"))
            .hint("choose another key"));
    }
    let mut entry = known;
    entry.others.extend(keys);
    tell(run, vec![entry])?;
    Ok(true)
}

/// Region and project that are worked in.
pub fn place(run: &Run) -> Result<(String, Option<String>)> {
    let (selection, cloud) = (run.selection()?, run.cloud()?);
    let is_here = |it: &Document| {
        it.cloud == selection.cloud
            && (selection.region.is_empty() || it.region == selection.region)
    };
    let known = run.store.document().filter(is_here);
    let project = match known.as_ref().and_then(|document| document.project.clone()) {
        Some(project) => Some(project),
        None => run.block_on(cloud.project(&run.watch))?,
    };
    let region = match known {
        Some(document) => document.region,
        None => run.block_on(cloud.region(&run.watch))?,
    };
    Ok((region, project))
}

/// Tells the manifest about images: at once where there is no state to keep it in. Else an error of the file
/// is a warning, as the next command tells it again.
pub fn tell(run: &Run, entries: Vec<Entry>) -> Result<()> {
    if entries.is_empty() || path(run)?.is_none() {
        return Ok(());
    }
    run.note_told(&entries);
    if run.store.document().is_none() {
        return write(run, &entries);
    }
    run.store.update(|document| {
        document.unlisted.extend(entries);
        Ok(())
    })?;
    told(run)
}

/// What is listed of a run.
pub fn of_run(run: &Run, id: Option<&str>) -> Result<Vec<Entry>> {
    let (Some(id), Some(listed)) = (id, read(run)?) else { return Ok(Vec::new()) };
    Ok(listed.images.into_iter().filter(|entry| entry.run == id).collect())
}

/// As [`catch_up`], after something was done that an error must not hide.
pub fn told(run: &Run) -> Result<()> {
    let Err(error) = catch_up(run) else { return Ok(()) };
    let path = run.store.path().display();
    let message = format!("{error}; the next command tries it again, {path} keeps it until then");
    run.watch.report.log(Level::Warning, &message);
    Ok(())
}

/// Writes what the state has kept for the manifest.
///
/// # Errors
/// Those of the file; the state keeps it.
pub fn catch_up(run: &Run) -> Result<()> {
    let unlisted = run.store.document().map(|document| document.unlisted).unwrap_or_default();
    if unlisted.is_empty() {
        return Ok(());
    }
    write(run, &unlisted)?;
    run.store.update(|document| {
        document.unlisted.retain(|entry| !unlisted.contains(entry));
        Ok(())
    })
}

/// Takes over what another machine has listed.
pub fn take(run: &Run, entries: Vec<Entry>) -> Result<()> {
    if entries.is_empty() { Ok(()) } else { write(run, &entries) }
}

fn write(run: &Run, entries: &[Entry]) -> Result<()> {
    let Some(path) = path(run)? else { return Ok(()) };
    let put = |manifest: &mut Manifest| {
        entries.iter().for_each(|entry| manifest.put(entry.clone()));
    };
    manifest::change(&path, &run.watch, put).map_err(|error| {
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        error.context(format!("{} was not told about {}", path.display(), ids.join(", ")))
    })
}

/// What is known of an image in the place that is worked in, made by this run.
pub fn entry(run: &Run, image: &Image) -> Result<Entry> {
    let (region, project) = place(run)?;
    let selection = run.selection()?;
    Ok(Entry {
        id: image.id.clone(),
        name: image.name.clone(),
        cloud: selection.cloud,
        region,
        project,
        distribution: selection.distribution,
        description: image.description.clone(),
        created: image.created.clone(),
        size: image.size,
        architecture: image.architecture.clone(),
        run: run.call()?.run,
        imgctl: env!("CARGO_PKG_VERSION").to_owned(),
        by: Some(by()),
        ..Entry::default()
    })
}

/// RFC 3339, UTC, to the second.
#[must_use]
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `user@machine`.
fn by() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = ["SUDO_USER", "LOGNAME", "USER"].into_iter().find_map(variable);
    let user = user.unwrap_or_else(user_name);
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{user}@{}", machine.trim())
}

/// The name of the user that this process belongs to.
fn user_name() -> String {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_caller = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
    let line = users.lines().find(is_caller).and_then(|line| line.split(':').next());
    line.map_or_else(|| format!("uid {uid}"), str::to_owned)
}
