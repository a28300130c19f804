//! The cloud's images.

use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;

use super::{convert, image_rows, options};
use crate::Error;
use crate::cloud::{ImageScope, Share};
use crate::run::Kind;
use crate::run::image_outlook;
use crate::run::images::{self, CreateOptions};
use crate::run::offers;
use crate::run::publish;
use crate::script::errors::{Fallible, OrThrow, throw};
use crate::script::former;
use crate::script::running::Script;
use crate::script::shipped;

/// The role of the instance that images are made of.
const BUILD: &str = "build";

/// The option map of `cloud::create_image`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ImageMap {
    role: Option<String>,
    name: Option<String>,
    description: Option<String>,
    no_stop: bool,
}

/// The option map of `cloud::share_image`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ShareMap {
    accounts: Vec<String>,
    organizations: Vec<String>,
}

/// The option map of `cloud::delete_image`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DeleteMap {
    force: bool,
}

/// A region of `cloud::copy_image`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Region {
    region: String,
    encryption_key: Option<String>,
}

fn region(given: Dynamic) -> Fallible<Region> {
    if given.is_string() {
        return Ok(Region { region: given.to_string(), encryption_key: None });
    }
    let Some(map) = given.clone().try_cast::<Map>() else {
        let message = format!("a region of copy_image is a name or a map, not `{given}`");
        return Err(throw(Error::usage(message)));
    };
    options::read("cloud::copy_image", map)
}

fn list(call: &NativeCallContext, scope: ImageScope) -> Fallible<Array> {
    let script = Script::of(call)?;
    let (cloud, call) = (script.run.cloud().or_throw()?, script.run.call().or_throw()?);
    let images = script.run.block_on(cloud.list_images(scope, &call)).or_throw()?;
    images.iter().map(convert::to_script).collect()
}

/// Task arguments that were omitted arrive as empty text.
fn given_text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn delete(call: &NativeCallContext, id: &str, force: bool) -> Fallible<()> {
    let script = Script::of(call)?;
    let id = images::resolve_id(&script.run, id).or_throw()?;
    if script.run.options.dry_run {
        return image_outlook::delete(&script.run, &id, force).or_throw();
    }
    images::delete(&script.run, &id, force).or_throw()
}

#[export_module]
pub mod functions {
    /// Stops the instance, makes an image of it, and prints `created server image: ID`. Returns the
    /// image as a map: `id`, `name`, `created`, `size`…
    ///
    /// ```rhai
    /// let image = cloud::create_image();
    /// ```
    #[rhai_fn(name = "create_image", return_raw)]
    pub fn create_image(call: NativeCallContext) -> Fallible<Dynamic> {
        create_image_with(call, Map::new())
    }

    /// As `create_image()`, with `name`, `description`, `role`, and `no_stop` (a snapshot of the
    /// running instance, on clouds that can do that).
    ///
    /// ```rhai
    /// cloud::create_image(#{ name: "agent-" + time::format("%Y%m%d"), description: "CI agent" });
    /// ```
    #[rhai_fn(name = "create_image", return_raw)]
    pub fn create_image_with(call: NativeCallContext, options: Map) -> Fallible<Dynamic> {
        crate::script::errors::call_begins(&call);
        let given: ImageMap = options::read("cloud::create_image", options)?;
        let script = Script::of(&call)?;
        if !script.run.may(Kind::Image, "make an image of the instance", || None) {
            script.run.plans.add(images::NOWHERE, "image", images::NEWEST);
            return Ok(Dynamic::UNIT);
        }
        let wanted = CreateOptions {
            role: given.role.unwrap_or_else(|| BUILD.to_string()),
            name: given_text(given.name),
            description: given_text(given.description),
            no_stop: given.no_stop,
            scripts: shipped::digest(&script.run.options.project, script.sources.all()),
        };
        convert::to_script(&images::create(&script.run, &wanted).or_throw()?)
    }

    /// The newest image of this run: `id`, `name`, `created`. Throws `not_found` when the run has
    /// made no image yet.
    ///
    /// ```rhai
    /// cloud::up(#{ role: "verify", base: cloud::newest_image().id });
    /// ```
    #[rhai_fn(name = "newest_image", return_raw)]
    pub fn newest_image(call: NativeCallContext) -> Fallible<Dynamic> {
        convert::to_script(&images::newest(&Script::of(&call)?.run).or_throw()?)
    }

    /// The id of an image that a user named: `newest` is the newest image of this run, anything else
    /// is an id already. All functions that take an image's id understand `newest`.
    ///
    /// ```rhai
    /// let id = cloud::image_id(args::parse(["id"], #{}).id);
    /// ```
    #[rhai_fn(name = "image_id", return_raw)]
    pub fn image_id(call: NativeCallContext, id: &str) -> Fallible<String> {
        images::resolve_id(&Script::of(&call)?.run, id).or_throw()
    }

    /// All images made by imgctl in this cloud and region, oldest first.
    ///
    /// ```rhai
    /// for image in cloud::images() { print(image.id); }
    /// ```
    #[rhai_fn(name = "images", return_raw)]
    pub fn images(call: NativeCallContext) -> Fallible<Array> {
        list(&call, ImageScope::Ours)
    }

    /// All images that belong to the account or project, whoever made them, oldest first.
    ///
    /// ```rhai
    /// cloud::show_images(cloud::all_images());
    /// ```
    #[rhai_fn(name = "all_images", return_raw)]
    pub fn all_images(call: NativeCallContext) -> Fallible<Array> {
        list(&call, ImageScope::Own)
    }

    /// What uses an image (`"newest"`: of this run), as far as the cloud knows:
    /// `["instance i-0123"]`.
    ///
    /// ```rhai
    /// if cloud::image_users("ami-0123") == [] { cloud::delete_image("ami-0123"); }
    /// ```
    #[rhai_fn(name = "image_users", return_raw)]
    pub fn image_users(call: NativeCallContext, id: &str) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        let (cloud, call) = (script.run.cloud().or_throw()?, script.run.call().or_throw()?);
        let users = script.run.block_on(cloud.image_users(&id, &call)).or_throw()?;
        Ok(users.into_iter().map(Dynamic::from).collect())
    }

    /// Copies an image (`"newest"`: of this run) to other regions at the same time, and waits for all
    /// copies. A region is a name, or a map of `region` and `encryption_key`; the default key is
    /// `disk.encryption_key` of that region in config.yaml. Returns maps of `region`, `id`, `name`
    /// and `changed`; in a dry run, a copy that is not there yet has an id that only stands for it.
    ///
    /// ```rhai
    /// cloud::copy_image("newest", ["eu-west-1", #{ region: "us-east-1", encryption_key: "alias/ci" }]);
    /// ```
    #[rhai_fn(name = "copy_image", return_raw)]
    pub fn copy_image(call: NativeCallContext, id: &str, regions: Array) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let regions: Vec<Region> = regions.into_iter().map(region).collect::<Fallible<_>>()?;
        if regions.is_empty() {
            return Err(throw(Error::usage("copy_image needs at least one region")));
        }
        let targets = regions
            .into_iter()
            .map(|to| publish::target(&script.run, &to.region, to.encryption_key));
        let targets = targets.collect::<crate::Result<Vec<_>>>().or_throw()?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        let copy = if script.run.options.dry_run { image_outlook::copy } else { publish::copy };
        let copies = copy(&script.run, &id, targets).or_throw()?;
        copies.iter().map(convert::to_script).collect()
    }

    /// Lets others start instances from an image (`"newest"`: of this run): `accounts`, and on
    /// clouds that have them, `organizations`. True when anyone was added.
    ///
    /// ```rhai
    /// cloud::share_image("newest", #{ accounts: ["123456789012"] });
    /// ```
    #[rhai_fn(name = "share_image", return_raw)]
    pub fn share_image(call: NativeCallContext, id: &str, with: Map) -> Fallible<bool> {
        crate::script::errors::call_begins(&call);
        let given: ShareMap = options::read("cloud::share_image", with)?;
        let share = Share { accounts: given.accounts, organizations: given.organizations };
        if [&share.accounts[..], &share.organizations[..]].concat().join("").is_empty() {
            return Err(throw(Error::usage(
                "share_image needs an account or organization to share with",
            )));
        }
        let script = Script::of(&call)?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        offers::share(&script.run, &id, &share).or_throw()
    }

    /// Stops offering an image (`"newest"`: of this run) for new instances from a date on:
    /// `"2027-01-31"`, or RFC 3339. True when something changed.
    ///
    /// ```rhai
    /// cloud::deprecate_image("ami-0123", "2027-01-31");
    /// ```
    #[rhai_fn(name = "deprecate_image", return_raw)]
    pub fn deprecate_image(call: NativeCallContext, id: &str, at: &str) -> Fallible<bool> {
        let script = Script::of(&call)?;
        let at = publish::moment(at).or_throw()?;
        let id = images::resolve_id(&script.run, id).or_throw()?;
        offers::deprecate(&script.run, &id, &at).or_throw()
    }

    /// Deletes an image (`"newest"`: of this run). An image in use is refused.
    ///
    /// ```rhai
    /// cloud::delete_image("img-0123");
    /// ```
    #[rhai_fn(name = "delete_image", return_raw)]
    pub fn delete_image(call: NativeCallContext, id: &str) -> Fallible<()> {
        delete(&call, id, false)
    }

    /// As `delete_image(id)`; with `force`, an image in use is deleted, too.
    ///
    /// ```rhai
    /// cloud::delete_image("img-0123", #{ force: true });
    /// ```
    #[rhai_fn(name = "delete_image", return_raw)]
    pub fn delete_image_with(call: NativeCallContext, id: &str, options: Dynamic) -> Fallible<()> {
        let name = "cloud::delete_image";
        let options = super::options::map(name, options, former::DELETE_IMAGE)?;
        crate::script::errors::call_begins(&call);
        let given: DeleteMap = super::options::read(name, options)?;
        delete(&call, id, given.force)
    }

    /// Writes an image (`"newest"`: of this run) to a file in another format, on clouds that can do
    /// that; returns the paths.
    ///
    /// ```rhai
    /// cloud::export_image("img-0123", "vmdk", "agent.vmdk");
    /// ```
    #[rhai_fn(name = "export_image", return_raw)]
    pub fn export_image(
        call: NativeCallContext,
        id: &str,
        format: &str,
        path: &str,
    ) -> Fallible<Array> {
        let script = Script::of(&call)?;
        let (cloud, call) = (script.run.cloud().or_throw()?, script.run.call().or_throw()?);
        let target = script.run.options.project.join(path).display().to_string();
        let id = images::resolve_id(&script.run, id).or_throw()?;
        if script.run.options.dry_run {
            image_outlook::export(&script.run, &id, &target).or_throw()?;
            return Ok(Array::new());
        }
        script.wrote(std::path::Path::new(&target));
        let written =
            script.run.finish(cloud.export_image(&id, format, &target, &call)).or_throw()?;
        Ok(written.into_iter().map(Dynamic::from).collect())
    }

    /// Shows images as a table, or with `--output json` as one event each.
    ///
    /// ```rhai
    /// cloud::show_images(cloud::images());
    /// ```
    #[rhai_fn(name = "show_images", return_raw)]
    pub fn show_images(call: NativeCallContext, images: Array) -> Fallible<()> {
        let script = Script::of(&call)?;
        let images: Vec<crate::cloud::Image> = rhai::serde::from_dynamic(&Dynamic::from(images))?;
        if script.run.ui.records("images", images.iter().map(image_rows::record)) {
            return Ok(());
        }
        let rows: Vec<Vec<String>> = images.iter().map(image_rows::row).collect();
        script.run.ui.table("images", image_rows::HEADERS, &rows);
        Ok(())
    }
}
