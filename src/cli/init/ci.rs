//! The CI systems that `init --ci` knows.

use clap::ValueEnum;

use crate::cli::engine::Engine;

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ci {
    Jenkins,
    Github,
    Gitlab,
}

impl Ci {
    /// The word of the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Ci::Jenkins => "jenkins",
            Ci::Github => "github",
            Ci::Gitlab => "gitlab",
        }
    }

    /// Its engine, and where it looks for pipelines.
    #[must_use]
    pub fn place(self) -> (Engine, &'static str) {
        match self {
            Ci::Jenkins => (Engine::Jenkins, "Jenkinsfile"),
            Ci::Github => (Engine::Github, ".github/workflows/images.yml"),
            Ci::Gitlab => (Engine::Gitlab, ".gitlab-ci.yml"),
        }
    }
}
