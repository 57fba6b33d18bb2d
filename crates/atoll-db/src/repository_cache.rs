//! Repositories in memory, where this process is the only one that writes.
//!
//! **Invariant:** once a commit was acknowledged, nobody reads a row older than it here. A row that was read from the
//! database is kept only if no commit has touched any repository since before the read, and a commit puts its own rows
//! in before it returns.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use atoll_core::repository::RepositoryName;

use crate::repositories::{Repository, RepositoryId};

/// How many repositories are kept; a few hundred bytes each.
const REPOSITORIES_MAX: usize = 100_000;

#[derive(Default)]
pub(crate) struct RepositoryCache {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    commits: u64,
    by_id: HashMap<RepositoryId, Arc<Repository>>,
    by_name: HashMap<RepositoryName, RepositoryId>,
}

/// How many commits there were when a read began.
#[derive(Clone, Copy)]
pub(crate) struct Seen(u64);

impl RepositoryCache {
    /// What is known; otherwise the moment to give back with the row that is now to be read.
    pub(crate) fn find(&self, name: &RepositoryName) -> Result<Arc<Repository>, Seen> {
        let state = self.read();
        let known = state.by_name.get(name).and_then(|id| state.by_id.get(id));
        known.cloned().ok_or(Seen(state.commits))
    }

    /// As [`Self::find`], by id.
    pub(crate) fn find_id(&self, id: RepositoryId) -> Result<Arc<Repository>, Seen> {
        let state = self.read();
        state.by_id.get(&id).cloned().ok_or(Seen(state.commits))
    }

    /// Keeps a row that was read after `seen`.
    pub(crate) fn learn(&self, seen: Seen, repository: Arc<Repository>) {
        let mut state = self.write();
        if state.commits == seen.0 {
            state.keep(repository);
        }
    }

    /// Keeps the rows of a commit. Two commits may arrive here in either order: the later generation wins.
    pub(crate) fn committed(&self, changed: Vec<Repository>) {
        if changed.is_empty() {
            return;
        }
        let mut state = self.write();
        state.commits += 1;
        for repository in changed {
            let known = state.by_id.get(&repository.id);
            if known.is_none_or(|known| known.generation < repository.generation) {
                state.keep(Arc::new(repository));
            }
        }
    }

    /// Drops rows that a failed commit may have changed.
    pub(crate) fn forget(&self, ids: &[RepositoryId]) {
        let mut state = self.write();
        state.commits += 1;
        for id in ids {
            state.by_id.remove(id);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, repository: Arc<Repository>) {
        if self.by_id.len() >= REPOSITORIES_MAX && !self.by_id.contains_key(&repository.id) {
            self.by_id.clear();
            self.by_name.clear();
        }
        self.by_name.insert(repository.name.clone(), repository.id);
        self.by_id.insert(repository.id, repository);
    }
}

#[cfg(test)]
mod tests {
    use atoll_core::permission::Visibility;
    use atoll_core::time_micros::Micros;

    use super::*;

    fn row(generation: i64) -> Repository {
        Repository {
            id: RepositoryId::new(7),
            name: "acme/app".parse().unwrap(),
            visibility: Visibility::Private,
            immutable_tags: false,
            generation,
            created_at: Micros::from_secs(0),
        }
    }

    fn known(cache: &RepositoryCache) -> Option<i64> {
        cache.find(&row(0).name).ok().map(|row| row.generation)
    }

    #[test]
    fn a_row_read_before_a_commit_is_not_kept_after_it() {
        let cache = RepositoryCache::default();
        let Err(seen) = cache.find(&row(0).name) else {
            panic!("nothing is known yet")
        };
        cache.committed(vec![row(1)]);
        cache.learn(seen, Arc::new(row(0)));
        assert_eq!(known(&cache), Some(1));
    }

    #[test]
    fn commits_that_overtake_each_other_leave_the_later_row() {
        let cache = RepositoryCache::default();
        cache.committed(vec![row(2)]);
        cache.committed(vec![row(1)]);
        assert_eq!(known(&cache), Some(2));
    }

    #[test]
    fn after_a_commit_of_unknown_outcome_the_row_is_read_again() {
        let cache = RepositoryCache::default();
        let Err(before) = cache.find(&row(0).name) else {
            panic!("nothing is known yet")
        };
        cache.committed(vec![row(1)]);
        cache.forget(&[RepositoryId::new(7)]);
        assert_eq!(known(&cache), None);
        cache.learn(before, Arc::new(row(0)));
        assert_eq!(known(&cache), None);
        let Err(seen) = cache.find_id(RepositoryId::new(7)) else {
            panic!("it was forgotten")
        };
        cache.learn(seen, Arc::new(row(2)));
        assert_eq!(known(&cache), Some(2));
    }
}
