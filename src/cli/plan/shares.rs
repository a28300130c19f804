//! How jobs share the limits of their cloud.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::config::matrix::Matrix;

/// The limit of each cloud, and the lane of each job in it: an engine that knows no number of jobs at once
/// runs those of a lane one after the other.
pub struct Shares<'m> {
    matrix: &'m Matrix,
    jobs: Option<NonZeroUsize>,
    given: HashMap<String, usize>,
}

impl<'m> Shares<'m> {
    pub fn new(matrix: &'m Matrix, jobs: Option<NonZeroUsize>) -> Shares<'m> {
        Shares { matrix, jobs, given: HashMap::new() }
    }

    /// None: as many as the engine has room for.
    pub fn at_once(&self, cloud: &str) -> Option<usize> {
        let own = self.matrix.jobs_per_cloud.get(cloud).copied();
        let limits = [own, self.jobs].into_iter().flatten();
        limits.min().map(NonZeroUsize::get)
    }

    /// The lane of the next job of a cloud, from 1.
    pub fn next_lane(&mut self, cloud: &str) -> usize {
        let limit = self.at_once(cloud).unwrap_or(usize::MAX);
        let count = self.given.entry(cloud.to_owned()).or_default();
        *count += 1;
        (*count - 1) % limit + 1
    }
}
