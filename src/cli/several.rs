//! What is asked of a chain over several combinations.

use std::num::NonZeroUsize;

use clap::Args;

use super::engine::Engine;

/// The options of chains over several combinations.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Several combinations")]
pub struct Several {
    /// Run the tasks for every combination of `matrix:` in config.yaml; `bake` does so by itself.
    #[arg(long)]
    pub matrix: bool,

    /// Run the tasks for these combinations only, of which each is CLOUD/REGION/DISTRIBUTION.
    #[arg(long, value_name = "COMBINATION", value_delimiter = ',')]
    pub combination: Vec<String>,

    /// How many combinations run at once [default: 10, of cloud local 2].
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    pub jobs: Option<NonZeroUsize>,

    /// Stop the other combinations as soon as one has failed.
    #[arg(long)]
    pub fail_fast: bool,

    /// Print the combinations as jobs of this engine, instead of running them here.
    #[arg(long, value_enum, value_name = "ENGINE")]
    pub plan: Option<Engine>,
}

/// A number of an option.
fn number(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "it is to be a whole number, 1 or more")
}
