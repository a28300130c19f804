//! What every task of a run shares: settings, state, cloud, SSH, and the person watching.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::backends::Backends;
use super::chain::Chain;
use super::choice::Choice;
use super::digest::Digests;
use super::finished::Finished;
use super::ledger::StateLedger;
use super::plans::Plans;
use super::stage::Stage;
use super::values::Alone;
use crate::cloud::{Call, Cloud};
use crate::config::{Config, Selection};
use crate::report::Watch;
use crate::ssh::{Output, Remote, Target};
use crate::state::Store;
use crate::state::manifest::Entry;
use crate::ui::{Subject, Ui};
use crate::{Code, Error, Result};

/// How this run was asked to behave.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder with `config.yaml`, `scripts/` and `stdlib/`.
    pub project: PathBuf,
    /// The folder of what runs leave there besides their state; none: the project's. Tests have one each.
    pub beside: Option<PathBuf>,
    pub dry_run: bool,
    /// `--from STEP`: steps before it count as done.
    pub from: Option<String>,
    /// `--fresh`: no step counts as done.
    pub fresh: bool,
}

impl Options {
    /// The folder of `.imgctl` and of the manifest.
    #[must_use]
    pub fn beside(&self) -> &Path {
        self.beside.as_ref().unwrap_or(&self.project)
    }
}

/// One for each combination that an imgctl process works on, of which there is mostly one; every task and
/// thread of it shares it. Copies differ in what interrupts them.
#[derive(Clone)]
pub struct Run {
    pub options: Options,
    /// The same for all runs of the process.
    pub config: Arc<Config>,
    pub store: Arc<Store>,
    pub ui: Arc<Ui>,
    pub watch: Watch,
    /// What hosts would have by now, under `--dry-run`.
    pub plans: Arc<Plans>,
    pub digests: Arc<Digests>,
    runtime: Handle,
    choice: Arc<Mutex<Choice>>,
    backends: Arc<dyn Backends>,
    clouds: Arc<Mutex<HashMap<Choice, Arc<dyn Cloud>>>>,
    exit_status: Arc<Mutex<Option<i32>>>,
    /// A script was corrected while it ran, and is to be read again.
    again: Arc<AtomicBool>,
    /// Tasks running now, outermost first.
    running: Arc<Mutex<Vec<String>>>,
    /// The steps that this process has finished.
    pub finished: Arc<Finished>,
    /// What the manifest of images was told by this process.
    told: Arc<Mutex<Vec<Entry>>>,
    /// Which threads work alone on what, the same for all runs of the process.
    pub alone: Arc<Alone>,
    /// The chain that this run is about.
    pub(super) chain: Arc<Chain>,
}

impl Run {
    pub fn new(
        options: Options,
        config: impl Into<Arc<Config>>,
        store: Arc<Store>,
        ui: Arc<Ui>,
        watch: Watch,
        runtime: Handle,
        backends: Box<dyn Backends>,
    ) -> Arc<Run> {
        Arc::new(Run {
            plans: Arc::new(Plans::new(options.dry_run)),
            digests: Arc::default(),
            options,
            config: config.into(),
            store,
            ui,
            watch,
            runtime,
            choice: Arc::default(),
            backends: backends.into(),
            clouds: Arc::default(),
            exit_status: Arc::default(),
            again: Arc::default(),
            running: Arc::default(),
            finished: Arc::default(),
            told: Arc::default(),
            alone: Arc::default(),
            chain: Arc::default(),
        })
    }

    /// A run of another combination, with a state and an output of its own.
    #[must_use]
    pub fn beside(&self, store: Arc<Store>, ui: Arc<Ui>, watch: Watch) -> Arc<Run> {
        let backends = self.backends.beside(&store, &ui);
        let (options, config) = (self.options.clone(), self.config.clone());
        let beside = Run::new(options, config, store, ui, watch, self.runtime.clone(), backends);
        let plans = Arc::new(self.plans.beside());
        Arc::new(Run { alone: self.alone.clone(), plans, ..(*beside).clone() })
    }

    /// The same run for work that ends when `cancel` does, while the run itself goes on.
    #[must_use]
    pub fn until(&self, cancel: CancellationToken) -> Arc<Run> {
        let watch = Watch { cancel, ..self.watch.clone() };
        Arc::new(Run { watch, ..self.clone() })
    }

    /// Blocks this thread on a provider's work: the one place where scripts meet async code.
    pub fn block_on<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(self.watch.guard(future))
    }

    /// As [`Run::block_on`], for calls that clean up after themselves when cancelled.
    pub fn finish<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(future)
    }

    /// Where work of providers can be started side by side.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Sets what the following words use; an empty field keeps the earlier value.
    pub fn choose(&self, words: &Choice) {
        unpoisoned(&self.choice).add(words);
    }

    /// The settings given so far.
    #[must_use]
    pub fn chosen(&self) -> Choice {
        unpoisoned(&self.choice).clone()
    }

    /// The settings in force: the words given, else those of the state, else the defaults.
    pub fn selection(&self) -> Result<Selection> {
        self.selection_for(&self.chosen())
    }

    /// What [`Run::selection`] would be with these words.
    pub fn selection_for(&self, words: &Choice) -> Result<Selection> {
        let words = self.in_force(words.clone())?;
        self.config.select(
            words.cloud.as_deref(),
            words.region.as_deref(),
            words.distribution.as_deref(),
        )
    }

    /// Refuses settings of the CI image that would fail in their steps, with these words.
    pub fn check_ci_image_for(&self, words: &Choice) -> Result<()> {
        let words = self.in_force(words.clone())?;
        self.config.check_ci_image(
            words.cloud.as_deref(),
            words.region.as_deref(),
            words.distribution.as_deref(),
        )
    }

    /// The value at a dotted path of the configuration, with the settings in force.
    pub fn setting(&self, path: &str) -> Result<Option<serde_json::Value>> {
        let words = self.in_force(self.chosen())?;
        self.config.get_for(
            words.cloud.as_deref(),
            words.region.as_deref(),
            words.distribution.as_deref(),
            path,
        )
    }

    /// The paths at which a setting in force may stand.
    pub fn places_of(&self, key: &str) -> Result<Vec<String>> {
        let words = self.in_force(self.chosen())?;
        self.config.places_of(
            words.cloud.as_deref(),
            words.region.as_deref(),
            words.distribution.as_deref(),
            key,
        )
    }

    /// What tasks work on now. None: the settings in force are not valid.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        let selection = self.selection().ok()?;
        // Without anything recorded, its id is that of a run that never was.
        let document = self.store.document().filter(|_| self.is_begun());
        let run = document.as_ref().map(|document| document.run.clone()).unwrap_or_default();
        let records = document.into_iter().flat_map(|document| document.instances);
        let instances = records.filter_map(|(role, record)| Some((role, record.id?))).collect();
        let (cloud, region) = (selection.cloud, selection.region);
        Some(Subject { cloud, region, distribution: selection.distribution, run, instances })
    }

    /// The state has something to lose: its cloud, region and distribution are those in force.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        let document = self.store.document();
        document.is_some_and(|it| !it.instances.is_empty() || !it.resources.is_empty())
    }

    fn in_force(&self, given: Choice) -> Result<Choice> {
        match self.store.document().filter(|_| self.is_begun()) {
            Some(document) => given.over(&document, self.store.path(), &self.config),
            None => Ok(given),
        }
    }

    /// The provider for the settings in force.
    pub fn cloud(&self) -> Result<Arc<dyn Cloud>> {
        self.cloud_of(&self.selection()?)
    }

    /// The provider for these settings: for another region than the one in force, say.
    pub fn cloud_of(&self, selection: &Selection) -> Result<Arc<dyn Cloud>> {
        let key = Choice {
            cloud: Some(selection.cloud.clone()),
            region: Some(selection.region.clone()),
            distribution: Some(selection.distribution.clone()),
        };
        let mut clouds = unpoisoned(&self.clouds);
        if let Some(cloud) = clouds.get(&key) {
            return Ok(cloud.clone());
        }
        let cloud = self.backends.cloud(selection)?;
        clouds.insert(key, cloud.clone());
        Ok(cloud)
    }

    /// What every call to a provider carries. The run's id is empty if the state has no run.
    pub fn call(&self) -> Result<Call> {
        let selection = self.selection()?;
        let run = self.store.document().map(|document| document.run).unwrap_or_default();
        let ledger = Arc::new(StateLedger { store: self.store.clone(), region: selection.region });
        let only_looks = self.options.dry_run;
        Ok(Call { run, ledger, watch: self.watch.clone(), only_looks })
    }

    /// A machine to run commands on; nothing is connected yet.
    pub fn remote(&self, target: Target) -> Result<Arc<dyn Remote>> {
        self.backends.remote(target, &|| self.selection())
    }

    /// The stage of a test, for a function that only tests have.
    pub fn stage(&self, what: &str) -> Result<&dyn Stage> {
        self.backends.stage().ok_or_else(|| {
            Error::new(Code::Script, format!("{what} is there in tests only"))
                .hint("call it in a function `test_…`, and run `imgctl test`")
        })
    }

    /// The answer that a test has given to a command on this machine. None: it is to be carried out.
    pub fn answer_here(&self, line: &str) -> Result<Option<Output>> {
        match self.backends.stage() {
            Some(stage) => stage.here(line),
            None => Ok(None),
        }
    }

    /// Refuses what a test must not do unless it is allowed to: nothing outside of it changes.
    pub fn may_reach_out(&self, what: &str) -> Result<()> {
        match self.backends.stage() {
            Some(stage) if !stage.reaches_out() => {
                Err(Error::failed(format!("a test does not {what}")).hint(
                    "test what is done with the answer in a function of its own; \
                 `imgctl test --reach-out` allows it",
                ))
            }
            _ => Ok(()),
        }
    }

    /// The host in place of an instance that `--dry-run` would have started. None: it would not, or nobody knows
    /// how its distribution would answer.
    pub fn planned(&self, role: &str) -> Result<Option<Arc<dyn Remote>>> {
        if !self.plans.has_started(Some(role)) {
            return Ok(None);
        }
        self.backends.planned(&self.selection()?, role).transpose()
    }

    /// Opens a key file for the connections to come.
    pub fn unlock(&self, key: &Path) -> Result<()> {
        self.backends.unlock(key)
    }

    /// Runs a task's body; a task that runs itself would never end.
    pub fn within_task<T>(&self, name: &str, body: impl FnOnce() -> Result<T>) -> Result<T> {
        {
            let mut running = unpoisoned(&self.running);
            if running.iter().any(|other| other == name) {
                let circle = format!("{} -> {name}", running.join(" -> "));
                return Err(Error::new(Code::Script, format!("task {name} runs itself: {circle}")));
            }
            running.push(name.to_string());
        }
        let result = body();
        unpoisoned(&self.running).retain(|other| other != name);
        result
    }

    /// Notes what the manifest of images is told.
    pub fn note_told(&self, entries: &[Entry]) {
        unpoisoned(&self.told).extend(entries.iter().cloned());
    }

    /// What the manifest of images was told by this process.
    #[must_use]
    pub fn told(&self) -> Vec<Entry> {
        unpoisoned(&self.told).clone()
    }

    /// How many tasks run inside each other now.
    #[must_use]
    pub fn depth(&self) -> usize {
        unpoisoned(&self.running).len()
    }

    /// Whether a failure only means that a dry run has reached what it did not start.
    #[must_use]
    pub fn ends_dry_run(&self, failure: &Error) -> bool {
        self.plans.has_started(None) && failure.code() == Code::NotFound
    }

    /// Whoever runs the task or script at hand is to run it again, as it is written then.
    pub fn begin_again(&self) {
        self.again.store(true, Ordering::Relaxed);
    }

    /// Whether that is wanted, by whoever asks.
    #[must_use]
    pub fn is_to_begin_again(&self) -> bool {
        self.again.load(Ordering::Relaxed)
    }

    /// Whether that was wanted; asked once.
    #[must_use]
    pub fn takes_again(&self) -> bool {
        self.again.swap(false, Ordering::Relaxed)
    }

    /// The exit status of the process, if a script asked for one.
    pub fn set_exit_status(&self, status: i32) {
        *unpoisoned(&self.exit_status) = Some(status);
    }

    #[must_use]
    pub fn exit_status(&self) -> Option<i32> {
        *unpoisoned(&self.exit_status)
    }
}

/// A lock whose holder panicked still guards valid data here: every write is a single assignment.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
