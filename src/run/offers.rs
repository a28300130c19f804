//! Whom an image is offered to: shares, channels and the end of the offer, in the cloud and then in the
//! manifest. What the cloud has already is noted as well: an earlier command may have been killed before that.

use super::{Run, image_outlook, images, manifest};
use crate::Result;
use crate::cloud::{Capability, Channel, Promoted, Share};
use crate::state::manifest::{Entry, Promotion};

/// Lets others use an image; true if anyone was added. In a dry run it only tells.
pub fn share(run: &Run, id: &str, with: &Share) -> Result<bool> {
    let (cloud, call) = (run.cloud()?, run.call()?);
    let share = || run.finish(cloud.share_image(id, with, &call));
    if run.options.dry_run {
        let others = [&with.accounts[..], &with.organizations[..]].concat().join(", ");
        let what = format!("share {} with {others}", images::spoken(id));
        return image_outlook::change(run, id, Capability::ShareImage, &what, share);
    }
    let known = manifest::find(run, id)?;
    let changed = share()?;
    note(run, known, |entry| {
        entry.shared.accounts.extend(with.accounts.iter().cloned());
        entry.shared.organizations.extend(with.organizations.iter().cloned());
    })?;
    Ok(changed)
}

/// Ends the offer of an image from `at` on (RFC 3339, UTC); true if that is a change. In a dry run it only
/// tells.
pub fn deprecate(run: &Run, id: &str, at: &str) -> Result<bool> {
    let (cloud, call) = (run.cloud()?, run.call()?);
    let deprecate = || run.finish(cloud.deprecate_image(id, at, &call));
    if run.options.dry_run {
        let what = format!("deprecate {} at {at}", images::spoken(id));
        return image_outlook::change(run, id, Capability::DeprecateImage, &what, deprecate);
    }
    let known = manifest::find(run, id)?;
    let changed = deprecate()?;
    note(run, known, |entry| {
        // One that was deprecated before has the date of that.
        if changed || entry.deprecated.is_none() {
            entry.deprecated = Some(at.to_owned());
        }
    })?;
    Ok(changed)
}

/// Puts an image into a channel, and takes every other one out of it.
pub fn promote(run: &Run, channel: &Channel, id: &str) -> Result<Promoted> {
    let cloud = run.cloud()?;
    cloud.require(Capability::PromoteImage)?;
    let known = manifest::find(run, id)?;
    let promoted = run.finish(cloud.promote_image(id, channel, &run.call()?))?;
    let (name, now) = (format!("{}/{}", channel.distribution, channel.name), manifest::now());
    let is_open = |it: &Promotion| it.channel == name && it.until.is_none();
    let mut told = left(run, id, &is_open, &now)?;
    if let Some(mut entry) = known.filter(|it| !it.channels.iter().any(is_open)) {
        entry.channels.push(Promotion { channel: name.clone(), at: now.clone(), until: None });
        told.push(entry);
    }
    manifest::tell(run, told)?;
    Ok(promoted)
}

/// The other images of this place that the manifest has in the channel, as they have left it.
fn left(
    run: &Run,
    id: &str,
    is_open: &impl Fn(&Promotion) -> bool,
    now: &str,
) -> Result<Vec<Entry>> {
    let cloud = run.selection()?.cloud;
    let listed = manifest::read(run)?.unwrap_or_default().images;
    let is_other = |it: &Entry| it.cloud == cloud && it.id != id && it.channels.iter().any(is_open);
    let mut others: Vec<Entry> = listed.into_iter().filter(is_other).collect();
    if others.is_empty() {
        // The cloud need not be asked which place this is.
        return Ok(others);
    }
    let (region, project) = manifest::place(run)?;
    others.retain(|it| it.is_at(&cloud, project.as_deref(), &region, &it.id));
    for promotion in others.iter_mut().flat_map(|entry| &mut entry.channels) {
        if is_open(promotion) {
            promotion.until = Some(now.to_owned());
        }
    }
    Ok(others)
}

fn note(run: &Run, known: Option<Entry>, change: impl FnOnce(&mut Entry)) -> Result<()> {
    let Some(known) = known else { return Ok(()) };
    let mut entry = known.clone();
    change(&mut entry);
    if entry == known { Ok(()) } else { manifest::tell(run, vec![entry]) }
}
