//! A chain that is killed after it made its image, or while it removes what it made, continues there: everything
//! before needs an instance that is cleaned or gone, and would make a second image.

use super::chain::Inner;
use super::{Run, told};
use crate::Result;
use crate::report::{Level, Report};
use crate::state::{Document, ImageRecord, Progress};

/// Begins a chain. If the state records it as interrupted, what is done of it is passed over, and the image
/// that it made is announced.
pub fn begin(run: &Run, words: &[String], scripts: String) {
    let now = Progress { words: words.to_vec(), scripts, ..Progress::default() };
    let known = run.store.document().and_then(|document| document.progress);
    let usable = !run.options.fresh && !run.options.dry_run && run.options.from.is_none();
    let earlier = known.filter(|known| usable && known.is_of(&now));
    if let Some(earlier) = &earlier {
        let done = match earlier.tasks.last().or(earlier.words.get(earlier.done.wrapping_sub(1))) {
            _ if earlier.ending => "its `destroy` had begun".to_owned(),
            Some(last) => format!("`{last}` was done"),
            None => "its image was made".to_owned(),
        };
        let message = format!("continuing the chain that was interrupted: {done}");
        run.ui.log(Level::Info, &message);
        if let Some((id, name)) = &earlier.image {
            run.ui.created_image(&told::told(run, id, name, told::known_base(run, id)));
        }
    }
    let image = earlier.as_ref().and_then(|earlier| earlier.image.clone());
    *run.chain.inner() = Inner { now: Some(Progress { image, ..now }), earlier };
}

/// Whether the next word was done by the process that was killed.
pub fn passes_over_word(run: &Run) -> bool {
    let mut inner = run.chain.inner();
    let Inner { now: Some(now), earlier: Some(earlier) } = &mut *inner else { return false };
    let is_done = now.done < earlier.done;
    now.done += usize::from(is_done);
    is_done
}

/// The word that has failed is tried again: what it had done is passed over, as by a process that continues.
pub fn again(run: &Run) {
    let mut inner = run.chain.inner();
    let Some(now) = &mut inner.now else { return };
    let earlier = now.clone();
    now.tasks.clear();
    inner.earlier = Some(earlier);
}

/// The same of a task that a word runs.
pub fn passes_over_task(run: &Run, name: &str) -> bool {
    let mut inner = run.chain.inner();
    let Inner { now: Some(now), earlier: Some(earlier) } = &mut *inner else { return false };
    if now.done != earlier.done {
        return false;
    }
    match earlier.tasks.get(now.tasks.len()) {
        Some(known) if known == name => {
            now.tasks.push(name.to_owned());
            true
        }
        // Behind them: this one may have made the image.
        None => false,
        // Not the same tasks as before.
        Some(_) => {
            inner.earlier = None;
            false
        }
    }
}

/// A word of the chain has ended well.
pub fn word_done(run: &Run) -> Result<()> {
    ended_well(run, |now| {
        now.done += 1;
        now.tasks.clear();
    })
}

/// A task that the word runs has ended well.
pub fn task_done(run: &Run, name: &str) -> Result<()> {
    ended_well(run, |now| now.tasks.push(name.to_owned()))
}

/// What was carried out is behind all that an earlier process has done.
fn ended_well(run: &Run, note: impl FnOnce(&mut Progress)) -> Result<()> {
    let mut inner = run.chain.inner();
    inner.earlier = None;
    if let Some(now) = &mut inner.now {
        now.open = false;
        note(now);
    }
    drop(inner);
    record(run)
}

/// An instance is started or looked for: nothing behind that is passed over, and the progress of a chain that
/// is another one is over.
pub fn overtake(run: &Run) -> Result<()> {
    let mut inner = run.chain.inner();
    inner.earlier = None;
    let now = inner.now.clone().unwrap_or_default();
    drop(inner);
    let known = run.store.document().and_then(|document| document.progress);
    match known.filter(|known| !known.ending && !known.is_of(&now)) {
        Some(_) if !run.options.dry_run => run.store.forget_progress(),
        _ => Ok(()),
    }
}

/// Notes an image in the document, in the same write as the image itself.
pub fn note_image(run: &Run, document: &mut Document, image: &ImageRecord) {
    let mut inner = run.chain.inner();
    inner.earlier = None;
    if let Some(now) = &mut inner.now {
        now.image = Some((image.id.clone(), image.name.clone()));
        now.open = true;
        document.progress = Some(now.clone());
    }
}

/// The image that this task has made, if it was killed, or failed, behind that.
pub fn made(run: &Run) -> Option<ImageRecord> {
    let mut inner = run.chain.inner();
    let earlier = inner.earlier.take().filter(|earlier| earlier.open)?;
    let now = inner.now.as_mut()?;
    if (now.done, &now.tasks) != (earlier.done, &earlier.tasks) {
        return None;
    }
    let (id, _) = earlier.image?;
    let made = run.store.document()?.images.into_iter().find(|image| image.id == id)?;
    now.open = true;
    Some(made)
}

/// Notes that everything is about to be removed; `of_chain` if the chain asks for it.
pub fn note_ending(run: &Run, of_chain: bool) -> Result<()> {
    let mut inner = run.chain.inner();
    inner.earlier = None;
    let mut progress = match &mut inner.now {
        Some(now) if of_chain => {
            now.ending = true;
            now.clone()
        }
        _ => Progress::default(),
    };
    progress.ending = true;
    drop(inner);
    run.store.update(|document| {
        document.progress = Some(progress);
        Ok(())
    })
}

/// Everything is removed: what the state keeps of the chain until it ends.
pub fn ended(run: &Run) -> Option<Progress> {
    let mut inner = run.chain.inner();
    let now = inner.now.as_mut().filter(|now| now.ending)?;
    now.ending = false;
    Some(now.clone())
}

/// The removal that a killed process had begun, unless it is this chain's own.
pub fn is_ending(run: &Run) -> bool {
    run.store.document().and_then(|document| document.progress).is_some_and(|known| known.ending)
}

/// The chain ends. `keeps` if the same command shall continue it, as it does if the task that made the image has
/// failed behind that: what is left of it needs the same image.
pub fn end(run: &Run, keeps: bool) -> Result<()> {
    let ours = std::mem::take(&mut *run.chain.inner()).now.unwrap_or_default();
    let Some(known) = run.store.document().and_then(|document| document.progress) else {
        return Ok(());
    };
    // A chain that has changed the instances has overtaken an earlier one; one that has only looked has not.
    let is_over = known.words == ours.words || run.store.is_locked();
    let is_kept = known.is_of(&ours) && (keeps || ours.open);
    if known.ending || is_kept || !is_over || run.options.dry_run {
        return Ok(());
    }
    run.store.forget_progress()
}

/// Where the state has progress, it is that of now.
fn record(run: &Run) -> Result<()> {
    let Some(now) = run.chain.inner().now.clone() else { return Ok(()) };
    let known = run.store.document().and_then(|document| document.progress);
    if run.options.dry_run || !known.is_some_and(|known| known.is_of(&now)) {
        return Ok(());
    }
    run.store.update(|document| {
        document.progress = Some(now);
        Ok(())
    })
}
