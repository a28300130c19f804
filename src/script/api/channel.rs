//! Channels: names under which consumers find the image in use.

use rhai::plugin::*;
use rhai::{Array, Map};

use crate::cloud::Held;
use crate::run::{channel, images, offers};
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

fn list(held: &Held) -> Dynamic {
    held.images.iter().cloned().map(Dynamic::from).collect::<Array>().into()
}

#[export_module]
pub mod functions {
    /// The images in a channel of the selected distribution (`"debian12/stable"`: of another one), as
    /// `#{ place, images }`: what the channel is on this cloud, and ids. A channel is a parameter of Systems
    /// Manager on ec2, an image family on gce, and a tag of images elsewhere.
    ///
    /// ```rhai
    /// if channel::get("stable").images == [] { log::warn("nothing is in use yet"); }
    /// ```
    #[rhai_fn(name = "get", return_raw)]
    pub fn get(call: NativeCallContext, name: &str) -> Fallible<Map> {
        let script = Script::of(&call)?;
        let wanted = channel::of(&script.run, name).or_throw()?;
        let held = channel::held(&script.run, &wanted).or_throw()?;
        Ok(Map::from([("place".into(), held.place.clone().into()), ("images".into(), list(&held))]))
    }

    /// Throws unless an image (`"newest"`: of this run) could be put into a channel now: one that consumers could
    /// not use, and one that would leave another channel, are refused. Changes nothing.
    ///
    /// ```rhai
    /// channel::check("stable", "newest");
    /// ```
    #[rhai_fn(name = "check", return_raw)]
    pub fn check(call: NativeCallContext, name: &str, id: &str) -> Fallible<()> {
        let script = Script::of(&call)?;
        let wanted = channel::of(&script.run, name).or_throw()?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        channel::check(&script.run, &wanted, &id).or_throw()
    }

    /// Puts an image (`"newest"`: of this run) into a channel, and then takes every other image out of it.
    /// Returns `#{ changed, place, old, id }`; `old` are the ids before. Throws for an image that consumers
    /// could not use.
    ///
    /// ```rhai
    /// let done = channel::set("stable", "newest");
    /// log::success(`${done.place}: ${done.old} -> ${done.id}`);
    /// ```
    #[rhai_fn(name = "set", return_raw)]
    pub fn set(call: NativeCallContext, name: &str, id: &str) -> Fallible<Map> {
        let script = Script::of(&call)?;
        let run = &script.run;
        let wanted = channel::of(run, name).or_throw()?;
        let id = images::resolve_id(run, id).or_throw()?;
        let (changed, before) = if run.options.dry_run {
            let before = channel::held(run, &wanted).or_throw()?;
            let changed = before.images != [id.as_str()];
            if changed {
                run.may_change(&format!("put the image {id} into the channel {name}"));
            }
            (changed, before)
        } else {
            let promoted = offers::promote(run, &wanted, &id).or_throw()?;
            (promoted.changed, promoted.before)
        };
        Ok(Map::from([
            ("changed".into(), changed.into()),
            ("place".into(), before.place.clone().into()),
            ("old".into(), list(&before)),
            ("id".into(), id.into()),
        ]))
    }
}
