//! The shape of the command line.

use clap::{Parser, Subcommand};

use super::global::Global;
use super::several::Several;
#[cfg(feature = "fake")]
use super::test;
use super::{api, check, collecting, completions, gc, init, lsp, man, pages, repl, run};

/// Bakes machine images for CI agents on clouds and on your own machine.
///
/// Words are tasks, run from left to right until one fails: `task` or `task:argument,key=value`.
/// `cloud:NAME`, `region:NAME` and `distribution:NAME` are settings for the words after them.
/// Options may stand anywhere; the variable `IMGCTL_OUTPUT` is the option `--output`, and so on for those of
/// every command. Without words, or with `help`, an overview is shown; `help NAME` or `NAME --help` describes a task.
#[derive(Parser)]
#[command(
    name = "imgctl",
    version,
    max_term_width = 80,
    disable_help_subcommand = true,
    subcommand_help_heading = "Commands",
    after_help = "Examples:
  imgctl cloud:local distribution:debian12 up
  imgctl bootstrap tests create_image destroy
  imgctl bake --report report.html
  imgctl bake --cloud ec2 --region us-west-2,eu-central-1
  imgctl tests --junit tests.xml
  imgctl ssh:'ls -l /etc'
  imgctl run scripts/bootstrap.rhai --fresh
  imgctl run -e 'print(cloud::host().os)'"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(flatten)]
    pub several: Several,

    /// Tasks and settings, such as `cloud:local up bootstrap`.
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,

    /// With `status`: whether each step that is done would run again, and why.
    #[arg(long)]
    pub steps: bool,

    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Nothing is chosen or asked for.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        let (global, several) = (&self.global, &self.several);
        let chosen = [&global.cloud, &global.region, &global.distribution];
        let is_of_several = several.matrix || several.plan.is_some();
        self.words.is_empty()
            && chosen.iter().all(|name| name.is_none())
            && !is_of_several
            && several.combination.is_empty()
    }
}

#[derive(Subcommand)]
pub enum Command {
    Help(pages::Options),
    Run(run::Options),
    Repl(repl::Options),
    /// List the tasks of this project, and whether each is shipped or the project's own.
    List,
    Check(check::Options),
    #[cfg(feature = "fake")]
    Test(test::Options),
    Api(api::Options),
    Lsp(lsp::Options),
    Init(init::Options),
    DiffScripts(init::DiffOptions),
    Gc(gc::Options),
    /// Work on the results of several combinations.
    #[command(subcommand)]
    Matrix(collecting::Matrix),
    Completions(completions::Options),
    Man(man::Options),
}
