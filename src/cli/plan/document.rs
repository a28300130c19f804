//! What a plan says, which `--plan json` prints and the templates of the engines are filled with.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::environment::{self, Variable};
use super::shares::Shares;
use crate::Result;
use crate::cli::global::{Global, OnError};
use crate::cli::matrix::Wanted;
use crate::cli::several::Several;
use crate::run::{Combination, Run, combination, manifest};

/// The version of the document.
const VERSION: u32 = 1;
/// How often a combination is tried.
const ATTEMPTS: u32 = 2;
/// How long it may take.
const TIMEOUT_MINUTES: u32 = 180;
/// The longest name of a job, which Kubernetes also wants as a label.
const LONGEST_NAME: usize = 52;

#[derive(Debug, Serialize)]
pub struct Document {
    pub version: u32,
    /// The imgctl that wrote it.
    pub imgctl: &'static str,
    /// The command that writes it again.
    pub command: Vec<String>,
    /// The options and the tasks of every job.
    pub options: Vec<String>,
    pub words: Vec<String>,
    /// How often a combination is tried: 1 and 3 are worth another try, 2 (a mistake) and 130 are not.
    pub attempts: u32,
    pub timeout_minutes: u32,
    pub fail_fast: bool,
    /// At once, in all.
    pub jobs: Option<usize>,
    pub image: Option<String>,
    pub runner: Option<String>,
    pub install: Option<String>,
    pub clouds: Vec<Cloud>,
    pub combinations: Vec<Job>,
    /// What brings the results together; the folders that hold them are to be added.
    pub collect: Vec<String>,
    /// The manifest of images that it writes, from the project's folder. None: it is switched off.
    pub manifest: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Cloud {
    pub name: String,
    /// At once, of this cloud.
    pub at_once: Option<usize>,
    /// How many lanes its jobs are in.
    pub lanes: usize,
    pub environment: Vec<Variable>,
}

#[derive(Debug, Serialize)]
pub struct Job {
    /// `ec2/us-west-2/debian12`.
    pub combination: String,
    pub cloud: String,
    pub region: String,
    pub distribution: String,
    /// A name of small letters, digits and dashes, unlike all others.
    pub name: String,
    /// What it leaves is in `.imgctl/FOLDER`.
    pub folder: String,
    /// Jobs of a lane run one after the other.
    pub lane: usize,
    pub command: Vec<String>,
}

impl Document {
    pub fn new(run: &Run, wanted: &Wanted, given: &Several, global: &Global) -> Result<Document> {
        let matrix = &wanted.matrix;
        let jobs = given.jobs.or(matrix.jobs);
        let options = options(global);
        let mut shares = Shares::new(matrix, jobs);
        let mut combinations: Vec<Job> = Vec::new();
        for selection in &wanted.selections {
            let combination = Combination::of(selection);
            let label = combination.to_string();
            let only = ["--combination".to_owned(), label.clone()];
            let command =
                [&["imgctl".to_owned()], &options[..], &only[..], &wanted.words[..]].concat();
            let mut name = job_name(&label, false);
            if combinations.iter().any(|job| job.name == name) {
                name = job_name(&label, true);
            }
            let folder = combination.folder(&run.options.project);
            let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let lane = shares.next_lane(&combination.cloud);
            let Combination { cloud, region, distribution } = combination;
            combinations.push(Job {
                combination: label,
                cloud,
                region,
                distribution,
                name,
                folder,
                lane,
                command,
            });
        }
        let mut clouds: Vec<Cloud> = Vec::new();
        for job in &combinations {
            match clouds.iter_mut().find(|cloud| cloud.name == job.cloud) {
                Some(known) => known.lanes = known.lanes.max(job.lane),
                None => clouds.push(Cloud {
                    name: job.cloud.clone(),
                    at_once: shares.at_once(&job.cloud),
                    lanes: job.lane,
                    environment: environment::of(&run.config, &job.cloud),
                }),
            }
        }
        let all: Vec<&str> = combinations.iter().map(|job| job.combination.as_str()).collect();
        let mut collect = ["imgctl", "matrix", "collect"].map(str::to_owned).to_vec();
        for path in &global.config {
            collect.extend(with_value("--config", &path.to_string_lossy()));
        }
        collect.extend(["--expect".to_owned(), all.join(",")]);
        let manifest = manifest::path(run)?.map(|path| {
            let project = run.options.project.canonicalize().unwrap_or_default();
            let own = [&project, &run.options.project].into_iter();
            let below = own.filter_map(|project| path.strip_prefix(project).ok()).next();
            below.unwrap_or(&path).display().to_string()
        });
        let plan = &matrix.plan;
        Ok(Document {
            version: VERSION,
            imgctl: env!("CARGO_PKG_VERSION"),
            command: typed(),
            options,
            words: wanted.words.clone(),
            attempts: plan.attempts.map_or(ATTEMPTS, std::num::NonZeroU32::get),
            timeout_minutes: plan
                .timeout_minutes
                .map_or(TIMEOUT_MINUTES, std::num::NonZeroU32::get),
            fail_fast: given.fail_fast,
            jobs: jobs.map(std::num::NonZeroUsize::get),
            image: plan.image.clone(),
            runner: plan.runner.clone(),
            install: plan.install.clone(),
            clouds,
            combinations,
            collect,
            manifest,
        })
    }

    pub fn of<'d>(&'d self, cloud: &'d str) -> impl Iterator<Item = &'d Job> {
        self.combinations.iter().filter(move |job| job.cloud == cloud)
    }
}

/// The command line of this process.
fn typed() -> Vec<String> {
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once("imgctl".to_owned()).chain(arguments).collect()
}

/// Those that a job has as well.
fn options(global: &Global) -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |option: &str, value: Option<&str>| match value {
        Some(value) => all.extend(with_value(option, value)),
        None => all.push(option.to_owned()),
    };
    for path in &global.config {
        add("--config", Some(&path.to_string_lossy()));
    }
    for path in &global.vars {
        add("--vars", Some(&path.to_string_lossy()));
    }
    for text in &global.overrides {
        add("--set", Some(text));
    }
    if let Some(step) = &global.from {
        add("--from", Some(step));
    }
    let flags = [("--fresh", global.fresh), ("--dry-run", global.dry_run), ("--yes", global.yes)];
    for (flag, _) in flags.into_iter().filter(|(_, given)| *given) {
        add(flag, None);
    }
    if global.on_error == OnError::Destroy {
        add("--on-error", Some("destroy"));
    }
    if global.quiet {
        add("--quiet", None);
    }
    for _ in 0..global.verbose {
        add("--verbose", None);
    }
    all
}

/// An option with its value; one that begins with a dash would be an option itself.
fn with_value(option: &str, value: &str) -> Vec<String> {
    match value.starts_with('-') {
        true => vec![format!("{option}={value}")],
        false => vec![option.to_owned(), value.to_owned()],
    }
}

/// `ec2-us-west-2-debian12`; with a digest where that name is another one's, too, or too long.
fn job_name(label: &str, with_digest: bool) -> String {
    let plain = label.to_lowercase();
    let plain = plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let plain: String = plain.take(LONGEST_NAME + 1).collect();
    if !with_digest && plain.len() <= LONGEST_NAME {
        return plain.trim_matches('-').to_owned();
    }
    let digest: String =
        Sha256::digest(label).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let most = plain.len().min(LONGEST_NAME - digest.len() - 1);
    format!("{}-{digest}", plain[..most].trim_matches('-'))
}

/// The folder of all results, which the templates name.
pub const FOLDER: &str = combination::FOLDER;
