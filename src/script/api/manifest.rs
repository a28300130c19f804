//! The manifest of all images.

use rhai::plugin::*;
use rhai::{Array, Map};

use super::convert;
use crate::run::{images, manifest};
use crate::script::errors::{Fallible, OrThrow};
use crate::script::running::Script;

#[export_module]
pub mod functions {
    /// The path of the manifest; empty if it is switched off.
    ///
    /// ```rhai
    /// print(manifest::path());
    /// ```
    #[rhai_fn(name = "path", return_raw)]
    pub fn path(call: NativeCallContext) -> Fallible<String> {
        let path = manifest::path(&Script::of(&call)?.run).or_throw()?;
        Ok(path.map(|path| path.display().to_string()).unwrap_or_default())
    }

    /// All images that were made, of every cloud and region, as maps with the keys of docs/manifest.md. Those
    /// that were deleted have `deleted`.
    ///
    /// ```rhai
    /// for image in manifest::images() { print(`${image.cloud} ${image.region} ${image.id}`); }
    /// ```
    #[rhai_fn(name = "images", return_raw)]
    pub fn images(call: NativeCallContext) -> Fallible<Array> {
        let script = Script::of(&call)?;
        if !script.run.options.dry_run {
            manifest::told(&script.run).or_throw()?;
        }
        let found = manifest::read(&script.run).or_throw()?.unwrap_or_default();
        found.images.iter().map(convert::to_script).collect()
    }

    /// What the manifest tells about an image (`"newest"`: of this run) of the cloud and region in use; `()` if
    /// it is not listed.
    ///
    /// ```rhai
    /// let packages = manifest::image("newest").get("packages");
    /// ```
    #[rhai_fn(name = "image", return_raw)]
    pub fn image(call: NativeCallContext, id: &str) -> Fallible<Dynamic> {
        let script = Script::of(&call)?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        match manifest::find(&script.run, &id).or_throw()? {
            Some(entry) => convert::to_script(&entry),
            None => Ok(Dynamic::UNIT),
        }
    }

    /// Adds keys of your own to what the manifest tells about an image (`"newest"`: of this run); a key that is
    /// there already is replaced. Keys of imgctl cannot be changed. False if the image is not listed.
    ///
    /// ```rhai
    /// manifest::add("newest", #{ ticket: "CI-123" });
    /// ```
    #[rhai_fn(name = "add", return_raw)]
    pub fn add(call: NativeCallContext, id: &str, keys: Map) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let keys = convert::to_json(&Dynamic::from(keys))?;
        if !script.run.may_change(&format!("add to the manifest of {id}")) {
            return Ok(true);
        }
        let id = images::resolve_id(&script.run, id).or_throw()?;
        manifest::add(&script.run, &id, keys).or_throw()
    }
}
