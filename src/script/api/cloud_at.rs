//! Work in another place than the one that was chosen.

use rhai::plugin::*;
use rhai::{FnPtr, Map};
use serde::Deserialize;

use super::options;
use crate::run::Combination;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// The option map of `cloud::at`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Place {
    #[serde(deserialize_with = "crate::config::cloud_name::optional")]
    cloud: Option<String>,
    region: Option<String>,
    distribution: Option<String>,
}

#[export_module]
pub mod functions {
    /// Calls the closure with another cloud, region or distribution: `cloud::`, `task::run` and steps in it
    /// are about that place, which has a state and a log of its own in `.imgctl/`. What is left out stays
    /// as it is; under another cloud it is that cloud's default. Returns the closure's value. With
    /// `parallel` several places are worked on side by side.
    ///
    /// ```rhai
    /// parallel(["us-west-2", "eu-central-1"], |region| {
    ///     cloud::at(#{ cloud: "ec2", region: region }, || task::run("bake"));
    /// });
    /// ```
    #[rhai_fn(name = "at", return_raw)]
    pub fn at(call: NativeCallContext, place: Map, closure: FnPtr) -> Fallible<Dynamic> {
        let given: Place = options::read("cloud::at", place)?;
        let script = Script::of(&call)?;
        if let Place { cloud: None, region: None, distribution: None } = given {
            let error = Error::new(Code::Script, "cloud::at names no place");
            return Err(throw(error.hint("give `cloud`, `region` or `distribution`")));
        }
        let run = &script.run;
        let here = Combination::of(&run.selection().or_throw()?);
        let stays = given.cloud.as_deref().is_none_or(|cloud| cloud == here.cloud);
        let name = |given: &Option<String>, here: &str| match given {
            Some(name) => Some(name.clone()),
            None => Some(here.to_owned()).filter(|name| stays && !name.is_empty()),
        };
        let there = run
            .config
            .select(
                Some(given.cloud.as_deref().unwrap_or(&here.cloud)),
                name(&given.region, &here.region).as_deref(),
                name(&given.distribution, &here.distribution).as_deref(),
            )
            .or_throw()?;
        let there = Combination::of(&there);
        if there == here {
            return closure.call_within_context(&call, ());
        }
        let other = there.open(run, 0, false, run.watch.cancel.clone()).or_throw()?;
        script.there(&call, other, |call| closure.call_within_context(call, ()))
    }
}
