//! Bills of materials of images.

use rhai::Map;
use rhai::plugin::*;
use serde::de::DeserializeOwned;

use crate::run::sbom::{self, Image, Inventory};
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::running::Script;
use crate::{Code, Error};

/// A map of a script as facts; through JSON, as the same facts are kept in files. A document is for others: what
/// a machine tells of itself may contain a secret.
fn facts<T: DeserializeOwned>(script: &Script, what: &str, map: Map) -> Fallible<T> {
    let mut value = super::convert::to_json(&Dynamic::from(map))?;
    script.run.ui.redact_json(&mut value);
    serde_path_to_error::deserialize(value).map_err(|error| {
        let message = format!("`{}` of {what} is not as sbom::render wants it", error.path());
        throw(Error::new(Code::Script, message).cause(error.into_inner()))
    })
}

#[export_module]
pub mod functions {
    /// The bill of materials of an image as text, in the format `cyclonedx` (1.6) or `spdx` (2.3), of what
    /// `inventory::read` has found. Equal facts make equal texts; secrets are `***`.
    ///
    /// ```rhai
    /// import "std/inventory" as inventory;
    /// let found = inventory::read(cloud::host());
    /// fs::write("agent.cdx.json", sbom::render("cyclonedx", cloud::newest_image(), found));
    /// ```
    #[rhai_fn(name = "render", return_raw)]
    pub fn render(
        call: NativeCallContext,
        format: &str,
        image: Map,
        inventory: Map,
    ) -> Fallible<String> {
        let script = Script::of(&call)?;
        let image: Image = facts(&script, "the image", image)?;
        let inventory: Inventory = facts(&script, "the inventory", inventory)?;
        sbom::render(format, &image, &inventory).or_throw()
    }

    /// How the names of files in a format end: `.cdx.json`, `.spdx.json`.
    ///
    /// ```rhai
    /// let path = "agent" + sbom::file_end("spdx");
    /// ```
    #[rhai_fn(name = "file_end", return_raw)]
    pub fn file_end(format: &str) -> Fallible<String> {
        sbom::file_end(format).map(str::to_owned).or_throw()
    }
}
