//! What help is asked about.

use clap::Args;

/// Show what there is, or describe tasks and commands; nothing is run.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl help                # tasks, settings and credentials
  imgctl help up             # as imgctl up --help
  imgctl help run bake
  imgctl cloud:ec2 help      # with other settings")]
pub struct Options {
    /// Tasks and commands.
    #[arg(value_name = "NAME")]
    pub words: Vec<String>,
}
