//! What the project knows, without asking anybody: its tasks, settings, state and images.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::candidate::Candidate;
use super::line::Line;
use crate::cli::setup::project_folder;
use crate::config::{Config, Given};
use crate::report::{Silent, Watch};
use crate::run::{Choice, images};
use crate::script::Task;
use crate::script::docs;
use crate::script::parameters::{Parameter, typed_by_name};
use crate::script::step_names;
use crate::state::{Document, Store, manifest};

/// Read when it is needed.
pub struct Known {
    folder: PathBuf,
    config: Vec<PathBuf>,
    state: Option<PathBuf>,
    choice: Choice,
}

/// Where a project is that must not be read: the shipped scripts and settings remain.
const NOWHERE: &str = "/nonexistent";

impl Known {
    pub fn of(line: &Line<'_>) -> Known {
        let folder = project_folder(&line.config);
        Known {
            folder: folder.unwrap_or_else(|_| PathBuf::from(NOWHERE)),
            config: line.config.clone(),
            state: line.state.clone(),
            choice: line.choice.clone(),
        }
    }

    pub fn clouds() -> Vec<String> {
        Config::clouds().map(str::to_owned).collect()
    }

    pub fn tasks(&self) -> Vec<Candidate> {
        let all = Task::readable(&self.folder).into_iter();
        all.map(|task| Candidate::new(task.name.clone(), task.summary())).collect()
    }

    /// What `imgctl api` knows: namespaces, modules, and functions behind them.
    pub fn names() -> Vec<String> {
        let entries = docs::entries().unwrap_or_default().into_iter().chain(docs::of_language());
        let mut found = BTreeSet::new();
        for entry in entries {
            let name = entry.signature.split('(').next().unwrap_or_default();
            if let Some((namespace, _)) = name.split_once("::") {
                found.insert(namespace.to_owned());
            }
            found.insert(name.to_owned());
        }
        found.into_iter().collect()
    }

    /// Those that a task declares.
    pub fn parameters(&self, task: &str) -> Vec<Parameter> {
        let found = Task::find(&self.folder, task);
        found.map(|task| typed_by_name(&task.source.text)).unwrap_or_default()
    }

    /// The steps of these tasks; without tasks those of all.
    pub fn steps(&self, words: &[String]) -> Vec<String> {
        let named = words.iter().map(|word| word.split(':').next().unwrap_or(word));
        let named: Vec<&str> = named.collect();
        let all = Task::readable(&self.folder);
        // A task such as `bake` has the steps of those that it runs.
        let is_meant = |task: &&Task| named.contains(&task.name.as_str());
        let some: Vec<String> = all
            .iter()
            .filter(is_meant)
            .flat_map(|task| step_names::written(&task.source.text))
            .collect();
        if !some.is_empty() {
            return some;
        }
        all.iter().flat_map(|task| step_names::written(&task.source.text)).collect()
    }

    fn config(&self) -> Option<Config> {
        let load = |folder: &Path, files: &[PathBuf]| {
            Config::load(folder, &Given { files, ..Given::default() })
        };
        load(&self.folder, &self.config).or_else(|_| load(Path::new(NOWHERE), &[])).ok()
    }

    fn document(&self) -> Option<Document> {
        let store = match &self.state {
            Some(named) => Store::open_named(named),
            None => Store::open(&self.folder.join(".state.json")),
        };
        store.ok()?.document()
    }

    /// The cloud that is meant: the one that was typed, else that of the state, else the usual one.
    fn cloud(&self, config: &Config) -> Option<String> {
        let usual = || config.get("defaults.cloud").ok().flatten()?.as_str().map(str::to_owned);
        let recorded = || self.document().map(|document| document.cloud);
        self.choice.cloud.clone().or_else(recorded).or_else(usual)
    }

    /// The keys of a map below the cloud's.
    fn keys(config: &Config, path: &str) -> Vec<String> {
        let found = config.get(path).ok().flatten();
        let keys = found.as_ref().and_then(Value::as_object).map(|map| map.keys().cloned());
        keys.map(Iterator::collect).unwrap_or_default()
    }

    pub fn regions(&self) -> Vec<String> {
        let Some(config) = self.config() else { return Vec::new() };
        let Some(cloud) = self.cloud(&config) else { return Vec::new() };
        Known::keys(&config, &format!("clouds.{cloud}.regions"))
    }

    pub fn distributions(&self) -> Vec<String> {
        let Some(config) = self.config() else { return Vec::new() };
        let Some(cloud) = self.cloud(&config) else { return Vec::new() };
        let mut found = Known::keys(&config, &format!("clouds.{cloud}.distributions"));
        if let Some(region) = &self.choice.region {
            let there = format!("clouds.{cloud}.regions.{region}.distributions");
            found.extend(Known::keys(&config, &there));
        }
        if Config::takes_any_distribution(&cloud) {
            let names = Config::clouds();
            found.extend(
                names.flat_map(|cloud| {
                    Known::keys(&config, &format!("clouds.{cloud}.distributions"))
                }),
            );
        }
        found.sort();
        found.dedup();
        found
    }

    /// The roles of the instances that the state knows.
    pub fn roles(&self) -> Vec<String> {
        self.document().map(|it| it.instances.into_keys().collect()).unwrap_or_default()
    }

    /// The machines of the inventory.
    pub fn hosts(&self) -> Vec<String> {
        self.config().iter().flat_map(Config::host_names).map(str::to_owned).collect()
    }

    /// The newest image of the run by its name, and the ids of those that the state and the manifest list.
    pub fn images(&self) -> Vec<String> {
        let mut found = vec![images::NEWEST.to_owned()];
        let document = self.document();
        let cloud = self.config().and_then(|config| self.cloud(&config));
        found.extend(document.into_iter().flat_map(|it| it.images).map(|image| image.id));
        let watch = Watch { report: Arc::new(Silent), cancel: CancellationToken::new() };
        let listed = manifest::read(&self.folder.join("images.json"), &watch).unwrap_or_default();
        let is_there = |it: &manifest::Entry| {
            it.deleted.is_none() && cloud.as_ref().is_none_or(|cloud| it.cloud == *cloud)
        };
        let ids = listed.images.into_iter().filter(is_there).map(|entry| entry.id);
        found.extend(ids.collect::<Vec<_>>());
        let mut seen = std::collections::HashSet::new();
        found.retain(|id| seen.insert(id.clone()));
        found
    }
}
