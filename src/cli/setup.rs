//! What a command needs to begin: output, configuration, state, the runtime.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ColorChoice;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::backends::RealBackends;
use super::global::{Global, OnError, OutputFormat};
use super::{signals, trust};
use crate::config::{Config, Given};
use crate::report::{Report, Watch};
use crate::run::{Choice, Options, Run};
use crate::script::Arguments;
use crate::script::trees::Trees;
use crate::state::Store;
use crate::ui::{self, LogFile, Ui};
use crate::{Error, Result};

/// Bytes of stack of a thread of the runtime. Only what is used of it takes memory.
const WORKER_STACK: usize = 8 << 20;

/// The state file of a project.
pub const STATE: &str = ".state.json";

/// A run, and the runtime it lives on.
pub struct Session {
    pub run: Arc<Run>,
    pub on_error: OnError,
    /// Shared by all combinations.
    pub trees: Arc<Trees>,
    // Dropped last: providers and signals run on it. None: it is another session's.
    _runtime: Option<Runtime>,
}

/// The output, opened first because everything else may fail.
pub fn ui(
    global: &Global,
    records: bool,
    log: Option<Arc<LogFile>>,
    cancel: CancellationToken,
) -> Arc<Ui> {
    Ui::new(ui::Options {
        json: global.output == OutputFormat::Json,
        verbosity: if global.quiet { -1 } else { i8::try_from(global.verbose).unwrap_or(i8::MAX) },
        color: match global.color {
            ColorChoice::Auto => None,
            ColorChoice::Always => Some(true),
            ColorChoice::Never => Some(false),
        },
        yes: global.yes,
        records,
        log,
        cancel,
    })
}

/// Tells the secrets that were typed, before anything can be refused: reports repeat the command line. They are values
/// of settings, and arguments of tasks (`deploy:token=…`) and scripts.
pub fn tell_typed_secrets(global: &Global, words: &[String], ui: &Ui) {
    let settings = global.overrides.iter().filter_map(|text| text.split_once('='));
    let mut typed: Vec<(String, String)> =
        settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    for word in words {
        let behind = word.split_once(':').map_or(word.as_str(), |(_, arguments)| arguments);
        let parsed = [Arguments::parse(behind), Arguments::from_words(std::slice::from_ref(word))];
        // What cannot be parsed is refused, and its error names no value.
        typed.extend(parsed.into_iter().flatten().flat_map(|arguments| arguments.named));
    }
    Config::secrets_of(&typed).for_each(|value| ui.secret(value));
}

impl Session {
    pub fn open(global: &Global, ui: &Arc<Ui>, cancel: CancellationToken) -> Result<Session> {
        let project = project_folder(&global.config)?;
        let overrides = overrides(&global.overrides)?;
        let given = Given {
            files: &global.config,
            vars: &global.vars,
            overrides: &overrides,
            edited: None,
        };
        let config = Config::load(&project, &given)?;
        config.own_secrets().iter().for_each(|value| ui.secret(value));
        let store = Arc::new(match &global.state {
            Some(named) => Store::open_named(named)?,
            None => Store::open(&project.join(STATE))?,
        });
        if let Some(document) = store.document() {
            ui.note_run(&document.run);
        }
        // Scripts block threads of their own; two workers serve the providers and the signals.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            // The futures of the SDK are large, above all in a build without optimisation.
            .thread_stack_size(WORKER_STACK)
            .enable_all()
            .build()
            .map_err(|error| Error::failed("cannot start the async runtime").cause(error))?;
        signals::listen(&runtime, cancel.clone(), ui.clone());
        let watch = Watch { report: ui.clone(), cancel };
        let options = Options {
            project,
            beside: None,
            dry_run: global.dry_run,
            from: global.from.clone(),
            fresh: global.fresh,
        };
        let handle = runtime.handle().clone();
        let backends = Box::new(RealBackends::new(&store, ui));
        let run = Run::new(options, config, store, ui.clone(), watch, handle, backends);
        run.choose(&Choice {
            cloud: global.cloud.clone(),
            region: global.region.clone(),
            distribution: global.distribution.clone(),
        });
        let trees = Arc::default();
        Ok(Session { run, on_error: global.on_error, trees, _runtime: Some(runtime) })
    }
}

impl Session {
    /// A session on the runtime of another one, which must outlive it.
    pub fn on(run: Arc<Run>, of: &Session) -> Session {
        let (on_error, trees) = (of.on_error, of.trees.clone());
        Session { run, on_error, trees, _runtime: None }
    }
}

/// The folder of the first `--config`, else the nearest one upwards with a `config.yaml`, else this one.
///
/// # Errors
/// `Code::Config` for a folder that was found in this way and whose files other users can write.
pub fn project_folder(config: &[PathBuf]) -> Result<PathBuf> {
    let config = config.first();
    if let Some(folder) =
        config.and_then(|file| file.parent()).filter(|f| !f.as_os_str().is_empty())
    {
        return Ok(folder.to_path_buf());
    }
    let here = std::env::current_dir()
        .map_err(|error| Error::failed("cannot determine the current folder").cause(error))?;
    if config.is_some() {
        return Ok(here);
    }
    let found = here.ancestors().find(|folder| folder.join("config.yaml").is_file());
    let project = found.unwrap_or(&here);
    trust::check(project)?;
    Ok(project.to_path_buf())
}

fn overrides(given: &[String]) -> Result<Vec<(String, String)>> {
    let split = |text: &String| {
        text.split_once('=').map(|(key, value)| (key.to_string(), value.to_string())).ok_or_else(
            || {
                Error::usage(format!("`--set {text}` has no value"))
                    .hint("write --set key=value, such as --set ci_image.umask.value=027")
            },
        )
    };
    given.iter().map(split).collect()
}
