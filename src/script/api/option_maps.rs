//! The option maps of native functions, and the structs that read them: they say which options exist.

use rhai::Map;
use serde::de::DeserializeOwned;

use super::options::misfit;
use super::{
    branch, cloud, cloud_at, cloud_images, dictionary, fs, host_files, host_options, host_put,
    host_ready, http, local, parallel, pull_request, retry, ssh, state_values, step, testing,
    webhook,
};
use crate::Error;
use crate::config::misfit::fields;

/// The reader of a function's options.
pub struct OptionMap {
    /// `cloud::up`; `run` for a function without a namespace and for a method.
    pub name: &'static str,
    /// The name of the parameter that takes them.
    pub parameter: &'static str,
    pub fields: fn() -> &'static [&'static str],
    /// The error of one option whose value it cannot read.
    pub misfit: fn(&str, &str, Map) -> Option<Error>,
}

const fn map<T: DeserializeOwned>(name: &'static str) -> OptionMap {
    OptionMap { name, parameter: "options", fields: fields::<T>, misfit: misfit::<T> }
}

const ALL: &[OptionMap] = &[
    map::<branch::BranchMap>("branch::check"),
    map::<branch::BranchMap>("branch::edit"),
    OptionMap { parameter: "place", ..map::<cloud_at::Place>("cloud::at") },
    map::<cloud_images::ImageMap>("cloud::create_image"),
    map::<cloud_images::DeleteMap>("cloud::delete_image"),
    OptionMap { parameter: "with", ..map::<cloud_images::ShareMap>("cloud::share_image") },
    map::<cloud::UpMap>("cloud::up"),
    map::<dictionary::Options>("dictionary::diff"),
    map::<dictionary::Options>("dictionary::get"),
    map::<dictionary::Options>("dictionary::set"),
    map::<dictionary::Options>("dictionary::set_all"),
    map::<host_files::LookOptions>("exists"),
    map::<fs::WriteOptions>("fs::write"),
    map::<testing::FakeHostMap>("fake_host"),
    map::<host_files::LookOptions>("get"),
    map::<http::RequestOptions>("http::request"),
    map::<local::LocalOptions>("local::query"),
    map::<local::LocalOptions>("local::run"),
    map::<parallel::ParallelOptions>("parallel"),
    map::<host_put::Options>("put"),
    map::<pull_request::RequestMap>("pull_request::check"),
    map::<pull_request::RequestMap>("pull_request::open"),
    map::<pull_request::RequestMap>("pull_request::push_options"),
    map::<host_options::RunOptions>("query"),
    map::<host_files::ReadOptions>("read"),
    map::<host_ready::WaitOptions>("reboot"),
    map::<retry::RetryOptions>("retry"),
    map::<host_options::RunOptions>("run"),
    map::<ssh::ConnectOptions>("ssh::connect"),
    map::<state_values::AloneOptions>("state::alone"),
    map::<state_values::SetOptions>("state::set"),
    map::<step::StepOptions>("step"),
    map::<host_options::RunOptions>("sudo"),
    map::<host_files::WriteOptions>("template"),
    map::<host_options::RunOptions>("test"),
    map::<host_ready::WaitOptions>("wait_ready"),
    map::<webhook::WebhookMap>("webhook::post"),
    map::<host_files::WriteOptions>("write"),
];

/// The reader of the options of a function.
pub fn of(name: &str) -> Option<&'static OptionMap> {
    ALL.iter().find(|it| it.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::docs;

    /// By the reference, so that a new function with options cannot be forgotten.
    #[test]
    fn all_functions_with_options_are_here() {
        for entry in docs::entries().unwrap() {
            let takes =
                entry.signature.ends_with("options)") || entry.signature.contains("options,");
            if takes && !entry.section.starts_with("std/") {
                let name = match entry.signature.split_once("::") {
                    Some((namespace, _)) => format!("{namespace}::{}", entry.name),
                    None => entry.name.clone(),
                };
                assert!(of(&name).is_some(), "{} has no reader here", entry.signature);
            }
        }
    }

    #[test]
    fn all_readers_tell_their_fields() {
        for map in ALL {
            assert!(!(map.fields)().is_empty(), "{}", map.name);
        }
    }
}
