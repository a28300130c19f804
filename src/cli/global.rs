//! The options that every command takes.

use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};

/// The words `NAME:VALUE` that are settings; each is also an option.
pub const SETTINGS: [&str; 3] = ["cloud", "region", "distribution"];

/// The values of `--on-error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Keep the instance, to look at it.
    Keep,
    /// Run the task `destroy`.
    Destroy,
    /// Ask at the terminal: try the step again, look at the instance, keep or destroy. Without one, keep.
    Ask,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    Human,
    /// One JSON object a line.
    Json,
}

/// The options of every command.
#[derive(Args)]
pub struct Global {
    /// The configuration file [default: config.yaml in the project folder]; of several, later ones are laid
    /// over earlier ones, and the project is in the folder of the first.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Vec<PathBuf>,

    /// A file of YAML or JSON with values of your own, over `vars` of the configuration; may be repeated.
    #[arg(long, global = true, value_name = "FILE")]
    pub vars: Vec<PathBuf>,

    /// The state file [default: .state.json in the project folder].
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,

    /// Overrides a configuration key, such as `ci_image.umask.value=027`.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,

    /// The same as the word `cloud:NAME`.
    #[arg(long, global = true, value_name = "NAME")]
    pub cloud: Option<String>,

    /// The same as the word `region:NAME`.
    #[arg(long, global = true, value_name = "NAME")]
    pub region: Option<String>,

    /// The same as the word `distribution:NAME`.
    #[arg(long, global = true, value_name = "NAME")]
    pub distribution: Option<String>,

    /// Show what would be changed, without changing anything.
    #[arg(long, global = true)]
    pub dry_run: bool,

    /// Start at this step, counting those before it as done.
    #[arg(long, global = true, value_name = "STEP", conflicts_with = "fresh")]
    pub from: Option<String>,

    /// Run every step, including those already done.
    #[arg(long, global = true)]
    pub fresh: bool,

    /// What to do with the instance when a task fails.
    #[arg(long, global = true, value_enum, default_value = "keep")]
    pub on_error: OnError,

    /// The format of the output.
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub output: OutputFormat,

    /// When to use colours; `auto` is as the terminal, NO_COLOR and CLICOLOR_FORCE say.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    /// Write a page about what was done, also when it fails.
    #[arg(long, global = true, value_name = "FILE.html")]
    pub report: Option<PathBuf>,

    /// Write the checks and steps as JUnit XML, for Jenkins and others.
    #[arg(long, global = true, value_name = "FILE.xml")]
    pub junit: Option<PathBuf>,

    /// Append to this file all that `-vv` would show, each line with its time.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Show each command, its status and time; twice for what is read, sent and compared as well.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Show only results, warnings and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Answer every question with yes.
    #[arg(short, long, global = true)]
    pub yes: bool,
}
