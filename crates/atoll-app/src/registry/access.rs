//! Who may do what to a repository, as things stand.

use atoll_core::permission::{Access, Action, Principal, Visibility, may};
use atoll_core::repository::RepositoryName;

use super::Registry;
use crate::failure::Failure;

impl Registry {
    /// Whether the principal may do this to the repository, which need not exist.
    ///
    /// Nobody pushes into another host's tree, whatever their rights: what is there is served as that host's, and vouched for
    /// by how it came. Deleting is no such thing; an operator must be able to evict.
    pub async fn access(
        &self,
        principal: &Principal,
        action: Action,
        name: &RepositoryName,
    ) -> Result<Access, Failure> {
        let visibility = self.visibility(name).await?;
        let access = may(principal, action, name, visibility);
        if access.is_allowed() && action == Action::Push && self.trees.is_anothers(name) {
            return Ok(Access::Reserved);
        }
        Ok(access)
    }

    /// Who may read a repository without a token. In trees of upstreams that is the operator's word, for what is there as for
    /// what is not; elsewhere it is the owner's, and private until they say otherwise.
    pub(crate) async fn visibility(&self, name: &RepositoryName) -> Result<Visibility, Failure> {
        if let Some(visibility) = self.trees.visibility(name) {
            return Ok(visibility);
        }
        let repository = self.db.find_repository(name).await?;
        Ok(repository.map_or(Visibility::Private, |repository| repository.visibility))
    }

    /// What a repository made now is to be.
    pub(crate) fn visibility_when_new(&self, name: &RepositoryName) -> Visibility {
        self.trees.visibility(name).unwrap_or(Visibility::Private)
    }
}
