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
