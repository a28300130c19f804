//! The engines that `--plan` knows.

use clap::ValueEnum;

/// What can run the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// What the others are made of, for an engine of one's own.
    Json,
    /// A workflow of GitHub Actions.
    Github,
    /// A pipeline of GitLab.
    Gitlab,
    /// A Jenkinsfile.
    Jenkins,
    /// Jobs of Kubernetes.
    Kubernetes,
}
