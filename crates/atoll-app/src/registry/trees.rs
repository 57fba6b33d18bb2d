//! Trees of repositories that belong to upstreams.

use std::collections::HashMap;

use atoll_core::permission::Visibility;
use atoll_core::repository::{Family, RepositoryName};

/// Who may read the trees of upstreams, by the host's component in a repository's name.
#[derive(Clone, Debug, Default)]
pub struct Trees {
    by_host: HashMap<String, Visibility>,
}

impl Trees {
    /// The trees of these hosts, spelt as repository names spell them.
    pub fn new(hosts: impl IntoIterator<Item = (String, Visibility)>) -> Self {
        Self {
            by_host: hosts.into_iter().collect(),
        }
    }

    /// Who may read the tree that a repository lies in; none where it lies in no upstream's.
    pub fn visibility(&self, name: &RepositoryName) -> Option<Visibility> {
        match name.family()? {
            Family::Providers | Family::Modules => {
                self.by_host.get(name.components().nth(1)?).copied()
            }
            Family::Tools | Family::Charts | Family::Extensions | Family::Files => None,
        }
    }
}
