//! What was made anew.

use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use serde::Serialize;

/// How many problems a report lists; all are counted.
pub const PROBLEMS_LISTED_MAX: usize = 10_000;

/// What was made anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReindexReport {
    /// Manifests that were read.
    pub manifests: u64,
    /// Names in them that had not been noted.
    pub edges_restored: u64,
    /// Versions that were read.
    pub versions: u64,
    /// Versions whose rows were missing or wrong.
    pub rows_changed: u64,
    /// Packages whose `h1:` hash was not known.
    pub hashes_computed: u64,
    /// Versions that can't be projected.
    pub problem_count: u64,
    /// Why; at most [`PROBLEMS_LISTED_MAX`].
    pub problems: Vec<Problem>,
}

/// A version that can't be projected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The repository.
    pub repository: RepositoryName,
    /// The tag.
    pub tag: Tag,
    /// What is wrong.
    pub why: String,
}

impl ReindexReport {
    pub(super) fn add(&mut self, problem: Problem) {
        let Problem {
            repository,
            tag,
            why,
        } = &problem;
        tracing::warn!("{repository}:{tag} can't be listed: {why}");
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_LISTED_MAX {
            self.problems.push(problem);
        }
    }
}
