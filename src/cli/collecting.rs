//! What `imgctl matrix collect` is told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum Matrix {
    Collect(Options),
}

/// Bring the results of several combinations together, from the folders that their jobs left.
///
/// Each folder below those given that holds a `result.json` is taken into `.imgctl/`, with its state and
/// log, unless what is there is newer. Then the same command that the jobs ran continues with what failed.
/// Exits with 1 unless all are done.
#[derive(Args)]
#[command(after_help = "Examples:
  imgctl matrix collect artifacts
  imgctl matrix collect artifacts --expect ec2/us-west-2/debian12,local/debian12")]
pub struct Options {
    /// Folders that hold those of combinations.
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,

    /// Combinations that must be among them, each CLOUD/REGION/DISTRIBUTION.
    #[arg(long, value_name = "COMBINATION", value_delimiter = ',')]
    pub expect: Vec<String>,
}
