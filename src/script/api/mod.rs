//! The namespaces of scripts, one file each. Their doc comments are the API reference.

pub mod args;
mod base64;
pub mod bounds;
mod branch;
mod breakpoint;
mod channel;
mod cloud;
mod cloud_at;
mod cloud_images;
mod cloud_proof;
mod config;
mod convert;
mod dictionary;
mod environment;
mod equality;
mod exit;
mod fs;
mod growing;
pub mod host;
mod host_can;
mod host_exchange;
mod host_files;
mod host_options;
mod host_plan;
mod host_put;
mod host_ready;
mod host_shell;
mod hosts;
mod http;
mod image_rows;
mod integers;
mod json;
mod keep_bytes;
pub mod known;
mod list;
mod local;
mod log;
mod manifest;
mod nested;
pub mod option_maps;
mod options;
mod parallel;
mod path;
mod prompt;
mod provenance;
mod pull_request;
mod redirect;
mod regex;
pub mod result;
mod retry;
pub mod room;
mod sbom;
mod secret;
mod sha256;
mod split;
mod ssh;
mod state;
mod state_values;
mod step;
mod task;
mod template;
mod template_files;
mod testing;
mod time;
mod webhook;
pub mod written;
mod yaml;

use std::sync::LazyLock;

use rhai::packages::{Package, StandardPackage};
use rhai::{Engine, Module, Shared, exported_module};

/// A name, and the function that makes its module.
type Namespace = (&'static str, fn() -> Module);

/// All `name::` namespaces, in the order of the reference.
pub const NAMESPACES: &[Namespace] = &[
    ("args", || exported_module!(args::functions)),
    ("base64", || exported_module!(base64::functions)),
    ("branch", || exported_module!(branch::functions)),
    ("channel", || exported_module!(channel::functions)),
    ("cloud", || {
        let mut module = exported_module!(cloud::functions);
        module.combine(exported_module!(cloud_at::functions));
        module.combine(exported_module!(cloud_images::functions));
        module.combine(exported_module!(cloud_proof::functions));
        module
    }),
    ("config", || exported_module!(config::functions)),
    ("dictionary", || exported_module!(dictionary::functions)),
    ("env", || exported_module!(environment::functions)),
    ("fs", || exported_module!(fs::functions)),
    ("hosts", || exported_module!(hosts::functions)),
    ("http", || exported_module!(http::functions)),
    ("json", || exported_module!(json::functions)),
    ("local", || exported_module!(local::functions)),
    ("log", || exported_module!(log::functions)),
    ("manifest", || exported_module!(manifest::functions)),
    ("path", || exported_module!(path::functions)),
    ("provenance", || exported_module!(provenance::functions)),
    ("pull_request", || exported_module!(pull_request::functions)),
    ("regex", || exported_module!(regex::functions)),
    ("sbom", || exported_module!(sbom::functions)),
    ("secret", || exported_module!(secret::functions)),
    ("sha256", || exported_module!(sha256::functions)),
    ("ssh", || exported_module!(ssh::functions)),
    ("state", || {
        let mut module = exported_module!(state::functions);
        module.combine(exported_module!(state_values::functions));
        module
    }),
    ("task", || exported_module!(task::functions)),
    ("template", || exported_module!(template::functions)),
    ("time", || exported_module!(time::functions)),
    ("webhook", || exported_module!(webhook::functions)),
    ("yaml", || exported_module!(yaml::functions)),
];

/// Functions without a namespace: control flow, and the methods of values.
pub const GLOBAL: &[Namespace] = &[
    ("step", || exported_module!(step::functions)),
    ("parallel", || exported_module!(parallel::functions)),
    ("retry", || exported_module!(retry::functions)),
    ("prompt", || exported_module!(prompt::functions)),
    ("breakpoint", || exported_module!(breakpoint::functions)),
    ("exit", || exported_module!(exit::functions)),
    ("arrays", || exported_module!(list::functions)),
    ("host", || exported_module!(host::functions)),
    ("host abilities", || exported_module!(host_can::functions)),
    ("host inventory", || exported_module!(hosts::properties)),
    ("host files", || exported_module!(host_files::functions)),
    ("host plans", || exported_module!(host_plan::functions)),
    ("host put", || exported_module!(host_put::functions)),
    ("host readiness", || exported_module!(host_ready::functions)),
    ("host shell", || exported_module!(host_shell::functions)),
    ("result", || exported_module!(result::functions)),
    ("tests", || exported_module!(testing::functions)),
];

/// Nothing changes a module, so all engines of the process share them: they take most of the memory of an
/// engine, and of the time to make one.
struct Modules {
    language: Shared<Module>,
    namespaces: Vec<(&'static str, Shared<Module>)>,
    global: Vec<Shared<Module>>,
}

static MODULES: LazyLock<Modules> = LazyLock::new(|| {
    let indexed = |make: fn() -> Module| {
        let mut module = make();
        module.build_index();
        module
    };
    // Of a namespace without an id, each engine would make a copy to give it one.
    let namespace = |(name, make): &Namespace| {
        let mut module = indexed(*make);
        module.set_id(*name);
        (*name, Shared::new(module))
    };
    Modules {
        language: StandardPackage::new().as_shared_module(),
        namespaces: NAMESPACES.iter().map(namespace).collect(),
        global: GLOBAL.iter().map(|(_, make)| Shared::new(indexed(*make))).collect(),
    }
});

/// Adds the language's own functions, and everything above, to an engine that has nothing.
pub fn register(engine: &mut Engine) {
    engine.register_type_with_name::<host::Host>("Host");
    engine.register_type_with_name::<result::CommandResult>("CommandResult");
    engine.register_global_module(MODULES.language.clone());
    for (name, module) in &MODULES.namespaces {
        engine.register_static_module(*name, module.clone());
    }
    for module in &MODULES.global {
        engine.register_global_module(module.clone());
    }
    nested::register(engine);
}
