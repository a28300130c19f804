//! The cloud: instances and images of this project.

use rhai::plugin::*;
use rhai::{Array, Map};
use serde::Deserialize;

use super::host::Host;
use super::{convert, options, run};
use crate::cloud::{Capability, InstanceState};
use crate::script::errors::{Fallible, OrThrow};
use crate::script::images::{self, CreateOptions};
use crate::script::instances::{self, UpOptions};

/// The option map of `cloud::up`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct UpMap {
    role: Option<String>,
    base: Option<String>,
    boot: Option<String>,
    name: Option<String>,
}

/// The option map of `cloud::create_image`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ImageMap {
    role: Option<String>,
    name: Option<String>,
    description: Option<String>,
    no_stop: bool,
}

/// The role of the instance that images are made of.
const BUILD: &str = "build";

/// Task arguments that were left out arrive as empty text.
fn given_text(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn down_role(context: &NativeCallContext, role: &str) -> Fallible<bool> {
    let run = run(context)?;
    if !run.context.may_change(&format!("stop the instance `{role}`")) {
        return Ok(true);
    }
    instances::down(&run.context, role).or_throw()
}

fn destroy_role(context: &NativeCallContext, role: Option<&str>) -> Fallible<i64> {
    let run = run(context)?;
    let what = role.map_or("everything of this state".to_string(), |role| format!("`{role}`"));
    if !run.context.may_change(&format!("remove {what}")) {
        return Ok(0);
    }
    let removed = instances::destroy(&run.context, role).or_throw()?;
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}

#[export_module]
pub mod functions {
    /// The cloud's name: `local`, `ec2`…
    ///
    /// ```rhai
    /// if cloud::name() == "local" { log::info("no money is spent"); }
    /// ```
    #[rhai_fn(name = "name", return_raw)]
    pub fn name(context: NativeCallContext) -> Fallible<String> {
        Ok(run(&context)?.context.selection().or_throw()?.cloud)
    }

    /// The region in use; empty where a cloud has none.
    ///
    /// ```rhai
    /// log::info(`baking in ${cloud::region()}`);
    /// ```
    #[rhai_fn(name = "region", return_raw)]
    pub fn region(context: NativeCallContext) -> Fallible<String> {
        Ok(run(&context)?.context.selection().or_throw()?.region)
    }

    /// The distribution in use.
    ///
    /// ```rhai
    /// if cloud::distribution() == "debian12" { log::info("bookworm"); }
    /// ```
    #[rhai_fn(name = "distribution", return_raw)]
    pub fn distribution(context: NativeCallContext) -> Fallible<String> {
        Ok(run(&context)?.context.selection().or_throw()?.distribution)
    }

    /// True when the cloud can do it: `stop`, `console`, `copy_image`, `share_image`,
    /// `export_image`.
    ///
    /// ```rhai
    /// if cloud::can("stop") { cloud::down(); }
    /// ```
    #[rhai_fn(name = "can", return_raw)]
    pub fn can(context: NativeCallContext, what: &str) -> Fallible<bool> {
        let capability = match what {
            "stop" => Capability::Stop,
            "console" => Capability::Console,
            "copy_image" => Capability::CopyImage,
            "share_image" => Capability::ShareImage,
            "export_image" => Capability::ExportImage,
            other => {
                let error = crate::Error::new(
                    crate::Code::Script,
                    format!("no capability is called `{other}`"),
                );
                return Err(crate::script::errors::throw(error));
            }
        };
        Ok(run(&context)?.context.cloud().or_throw()?.can(capability))
    }

    /// Starts the instance to build on, or finds the one of this state (starting it if it is
    /// stopped). True when it had to do something.
    ///
    /// ```rhai
    /// cloud::up();
    /// ```
    #[rhai_fn(name = "up", return_raw)]
    pub fn up(context: NativeCallContext) -> Fallible<bool> {
        up_with(context, Map::new())
    }

    /// As `up()` with `base` (an image id or name instead of the configured query), `role` (a
    /// second instance beside `build`), `name`, and `boot` (where the cloud has a choice).
    ///
    /// ```rhai
    /// cloud::up(#{ role: "verify", base: image.id, boot: "disk" });
    /// ```
    #[rhai_fn(name = "up", return_raw)]
    pub fn up_with(context: NativeCallContext, options: Map) -> Fallible<bool> {
        let given: UpMap = super::options::read("cloud::up", options)?;
        let run = run(&context)?;
        let role = given.role.unwrap_or_else(|| BUILD.to_string());
        if !run.context.may_change(&format!("start the instance `{role}`")) {
            run.context.note_would_start();
            return Ok(true);
        }
        let wanted = UpOptions {
            role,
            base: given_text(given.base),
            boot: given_text(given.boot),
            name: given_text(given.name),
        };
        Ok(instances::up(&run.context, &wanted).or_throw()?.1)
    }

    /// The machine that is being built.
    ///
    /// ```rhai
    /// let host = cloud::host();
    /// ```
    #[rhai_fn(name = "host", return_raw)]
    pub fn host(context: NativeCallContext) -> Fallible<Host> {
        host_of(context, BUILD)
    }

    /// The machine of another role.
    ///
    /// ```rhai
    /// let host = cloud::host("verify");
    /// ```
    #[rhai_fn(name = "host", return_raw)]
    pub fn host_of(context: NativeCallContext, role: &str) -> Fallible<Host> {
        instances::host(&run(&context)?.context, role).or_throw()
    }

    /// Stops the instance, keeping its disk; `up` starts it again. False when it was stopped.
    ///
    /// ```rhai
    /// cloud::down();
    /// ```
    #[rhai_fn(name = "down", return_raw)]
    pub fn down(context: NativeCallContext) -> Fallible<bool> {
        down_role(&context, BUILD)
    }

    /// Stops the instance of another role.
    ///
    /// ```rhai
    /// cloud::down("verify");
    /// ```
    #[rhai_fn(name = "down", return_raw)]
    pub fn down_other(context: NativeCallContext, role: &str) -> Fallible<bool> {
        down_role(&context, role)
    }

    /// Removes everything this state holds but its images, verifies it gone, and then the state
    /// file. Returns how many things were removed.
    ///
    /// ```rhai
    /// log::success(`${cloud::destroy()} things removed`);
    /// ```
    #[rhai_fn(name = "destroy", return_raw)]
    pub fn destroy(context: NativeCallContext) -> Fallible<i64> {
        destroy_role(&context, None)
    }

    /// Removes everything of one role.
    ///
    /// ```rhai
    /// cloud::destroy("verify");
    /// ```
    #[rhai_fn(name = "destroy", return_raw)]
    pub fn destroy_other(context: NativeCallContext, role: &str) -> Fallible<i64> {
        destroy_role(&context, Some(role))
    }

    /// The instance as the cloud sees it: `id`, `name`, `state`, `reason`, `address`, `ssh_port`,
    /// `image`, `created`, `tags`; `()` when the state knows none or the cloud has none.
    ///
    /// ```rhai
    /// let instance = cloud::instance("build");
    /// ```
    #[rhai_fn(name = "instance", return_raw)]
    pub fn instance(context: NativeCallContext, role: &str) -> Fallible<Dynamic> {
        let found = instances::describe(&run(&context)?.context, role).or_throw()?;
        convert::to_script(&found)
    }

    /// True when the instance that is being built runs.
    ///
    /// ```rhai
    /// if !cloud::is_running() { task::run("up"); }
    /// ```
    #[rhai_fn(name = "is_running", return_raw)]
    pub fn is_running(context: NativeCallContext) -> Fallible<bool> {
        let run = run(&context)?;
        let found = instances::describe(&run.context, BUILD).or_throw()?;
        Ok(found.is_some_and(|instance| instance.state == InstanceState::Running))
    }

    /// The last output of the instance's console.
    ///
    /// ```rhai
    /// print(cloud::console("build"));
    /// ```
    #[rhai_fn(name = "console", return_raw)]
    pub fn console(context: NativeCallContext, role: &str) -> Fallible<String> {
        let run = run(&context)?;
        let id = instances::record(&run.context, role).or_throw()?.id.unwrap_or_default();
        let (cloud, call) = (run.context.cloud().or_throw()?, run.context.call().or_throw()?);
        run.context.block_on(cloud.console(&id, &call)).or_throw()
    }

    /// Makes an image of the instance, stopping it first, and prints `created server image: ID`.
    /// Returns it as a map: `id`, `name`, `created`, `size`…
    ///
    /// ```rhai
    /// let image = cloud::create_image();
    /// ```
    #[rhai_fn(name = "create_image", return_raw)]
    pub fn create_image(context: NativeCallContext) -> Fallible<Dynamic> {
        create_image_with(context, Map::new())
    }

    /// As `create_image()` with `name`, `description`, `role`, and `no_stop` (a snapshot of the
    /// running instance, where the cloud can).
    ///
    /// ```rhai
    /// cloud::create_image(#{ name: "agent-" + time::format("%Y%m%d"), description: "CI agent" });
    /// ```
    #[rhai_fn(name = "create_image", return_raw)]
    pub fn create_image_with(context: NativeCallContext, options: Map) -> Fallible<Dynamic> {
        let given: ImageMap = super::options::read("cloud::create_image", options)?;
        let run = run(&context)?;
        if !run.context.may_change("make an image of the instance") {
            return Ok(Dynamic::UNIT);
        }
        let wanted = CreateOptions {
            role: given.role.unwrap_or_else(|| BUILD.to_string()),
            name: given_text(given.name),
            description: given_text(given.description),
            no_stop: given.no_stop,
        };
        convert::to_script(&images::create(&run.context, &wanted).or_throw()?)
    }

    /// The newest image this run has made: `id`, `name`, `created`; throws `not_found` when there
    /// is none.
    ///
    /// ```rhai
    /// cloud::up(#{ role: "verify", base: cloud::newest_image().id });
    /// ```
    #[rhai_fn(name = "newest_image", return_raw)]
    pub fn newest_image(context: NativeCallContext) -> Fallible<Dynamic> {
        convert::to_script(&images::newest(&run(&context)?.context).or_throw()?)
    }

    /// Every image made by imgctl in this cloud and region, oldest first.
    ///
    /// ```rhai
    /// for image in cloud::images() { print(image.id); }
    /// ```
    #[rhai_fn(name = "images", return_raw)]
    pub fn images(context: NativeCallContext) -> Fallible<Array> {
        let run = run(&context)?;
        let (cloud, call) = (run.context.cloud().or_throw()?, run.context.call().or_throw()?);
        let images = run.context.block_on(cloud.list_images(&call)).or_throw()?;
        images.iter().map(convert::to_script).collect()
    }

    /// Deletes an image. One that is in use is refused unless `force` is true.
    ///
    /// ```rhai
    /// cloud::delete_image("img-0123", false);
    /// ```
    #[rhai_fn(name = "delete_image", return_raw)]
    pub fn delete_image(context: NativeCallContext, id: &str, force: bool) -> Fallible<()> {
        let run = run(&context)?;
        if !run.context.may_change(&format!("delete the image {id}")) {
            return Ok(());
        }
        let (cloud, call) = (run.context.cloud().or_throw()?, run.context.call().or_throw()?);
        run.context.finish(cloud.delete_image(id, force, &call)).or_throw()?;
        if run.context.store.document().is_none() {
            return Ok(());
        }
        run.context
            .store
            .update(|document| {
                document.images.retain(|image| image.id != id);
                Ok(())
            })
            .or_throw()
    }

    /// Writes an image to a file in another format, where the cloud can; returns the paths.
    ///
    /// ```rhai
    /// cloud::export_image("img-0123", "vmdk", "agent.vmdk");
    /// ```
    #[rhai_fn(name = "export_image", return_raw)]
    pub fn export_image(
        context: NativeCallContext,
        id: &str,
        format: &str,
        path: &str,
    ) -> Fallible<Array> {
        let run = run(&context)?;
        let (cloud, call) = (run.context.cloud().or_throw()?, run.context.call().or_throw()?);
        let target = run.context.options.project.join(path).display().to_string();
        if !run.context.may_change(&format!("export the image {id} to {target}")) {
            return Ok(Array::new());
        }
        let written =
            run.context.finish(cloud.export_image(id, format, &target, &call)).or_throw()?;
        Ok(written.into_iter().map(Dynamic::from).collect())
    }

    /// Shows images as a table, or in `--output json` an event each.
    ///
    /// ```rhai
    /// cloud::show_images(cloud::images());
    /// ```
    #[rhai_fn(name = "show_images", return_raw)]
    pub fn show_images(context: NativeCallContext, images: Array) -> Fallible<()> {
        let run = run(&context)?;
        let images: Vec<crate::cloud::Image> = rhai::serde::from_dynamic(&Dynamic::from(images))?;
        let rows: Vec<Vec<String>> = images.iter().map(images::row).collect();
        run.context.ui.table(images::HEADERS, &rows);
        Ok(())
    }
}
