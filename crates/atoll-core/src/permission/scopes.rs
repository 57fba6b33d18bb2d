//! All rights of a token.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Action, Scope, ScopeError};
use crate::repository::RepositoryName;

/// The rights of a token. None at all is possible, and gives what anybody has. A cheap clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// The rights, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// Whether there is no right at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these give the right to do that to a repository.
    pub fn cover(&self, action: Action, repository: &RepositoryName) -> bool {
        self.iter().any(|scope| scope.grants(action, repository))
    }

    /// Whether these give the right to administer the server.
    pub fn administer(&self) -> bool {
        self.iter().any(Scope::administers)
    }

    /// Those of the wanted actions that these give the right to do to a repository, each once. `Admin` is never among
    /// them, as it is no right on a repository.
    pub fn intersect_repository(
        &self,
        repository: &RepositoryName,
        wanted: &[Action],
    ) -> Vec<Action> {
        let is_wanted = |action: &Action| *action != Action::Admin && wanted.contains(action);
        let granted = |action: &Action| self.cover(*action, repository);
        Action::ALL
            .into_iter()
            .filter(is_wanted)
            .filter(granted)
            .collect()
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        Self(scopes.into())
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.0.to_vec()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    /// Reads rights separated by white space.
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        text.split_whitespace().map(str::parse).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{scope}")?;
        }
        Ok(())
    }
}
