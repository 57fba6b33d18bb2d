//! What an administrator says about a repository.

use atoll_core::address::{Hostname, ModuleAddr, ProviderAddr};
use atoll_core::kind::ErrorKind;
use atoll_core::permission::Visibility;
use atoll_core::repository::RepositoryName;
use atoll_db::{DbError, repositories};

use super::Registry;
use crate::failure::Failure;

/// How a repository is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepositorySettings {
    /// Who may read it.
    pub visibility: Visibility,
    /// Whether its tags stay what they are.
    pub immutable_tags: bool,
}

/// What is to change; what is none stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct RepositoryChange {
    /// Who may read it.
    pub visibility: Option<Visibility>,
    /// Whether its tags stay what they are.
    pub immutable_tags: Option<bool>,
}

/// A repository can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum RepositorySettingsError {
    /// The configuration decides.
    #[error(
        "{0} belongs to the tree of an upstream, whose `anonymous` in the configuration says who may read it"
    )]
    Tree(RepositoryName),
    /// There is none, and the name is the address of something that is elsewhere.
    #[error(
        "there is no repository {name}, and what has that address is in {meant}: name that one; a repository {name} of its own is made by its first push, and can be set up after it"
    )]
    Elsewhere {
        /// The name.
        name: RepositoryName,
        /// Where the module or provider of that address is.
        meant: RepositoryName,
    },
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for RepositorySettingsError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl RepositorySettingsError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Tree(_) | Self::Elsewhere { .. } => ErrorKind::Conflict,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

impl Registry {
    /// How a repository is set up; nothing where there is none.
    pub async fn find_settings(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<RepositorySettings>, Failure> {
        let Some(repository) = self.db.find_repository(name).await? else {
            return Ok(None);
        };
        let visibility = self.trees.visibility(name).unwrap_or(repository.visibility);
        Ok(Some(RepositorySettings {
            visibility,
            immutable_tags: repository.immutable_tags,
        }))
    }

    /// The repository of the module or provider whose address looks like a repository's name, where there is one:
    /// `acme/vpc/aws` is a module's address as much as an image's name.
    pub async fn find_meant(
        &self,
        name: &RepositoryName,
    ) -> Result<Option<RepositoryName>, Failure> {
        if name.family().is_some() {
            return Ok(None);
        }
        let (text, here) = (name.as_str(), Hostname::self_());
        let module = ModuleAddr::parse_with_default(text, &here);
        let provider = ProviderAddr::parse_with_default(text, &here);
        let meant = [
            module.ok().map(|module| module.repository()),
            provider.ok().map(|provider| provider.repository()),
        ];
        for meant in meant.into_iter().flatten() {
            if self.db.find_repository(&meant).await?.is_some() {
                return Ok(Some(meant));
            }
        }
        Ok(None)
    }

    /// Sets a repository up, which is made where there is none: who may read it can be said before anything is in it. Not so where
    /// the name is the address of a module or provider that is here: nobody would notice that something else was set up.
    pub async fn change_settings(
        &self,
        name: &RepositoryName,
        change: RepositoryChange,
    ) -> Result<RepositorySettings, RepositorySettingsError> {
        let tree = self.trees.visibility(name);
        if tree.is_some() && change.visibility.is_some() {
            return Err(RepositorySettingsError::Tree(name.clone()));
        }
        if self.db.find_repository(name).await?.is_none()
            && let Some(meant) = self.find_meant(name).await?
        {
            let name = name.clone();
            return Err(RepositorySettingsError::Elsewhere { name, meant });
        }
        let mut tx = self.db.begin("repository.settings").await?;
        let found = repositories::get_or_create(
            &mut tx,
            name,
            self.visibility_when_new(name),
            crate::now(),
        )
        .await?;
        let visibility = change.visibility.unwrap_or(found.visibility);
        let immutable_tags = change.immutable_tags.unwrap_or(found.immutable_tags);
        if visibility != found.visibility {
            repositories::set_visibility(&mut tx, name, visibility).await?;
        }
        if immutable_tags != found.immutable_tags {
            repositories::set_immutable_tags(&mut tx, name, immutable_tags).await?;
        }
        tx.commit().await?;
        tracing::info!(repository.name = %name, %visibility, immutable_tags, "set {name} up");
        Ok(RepositorySettings {
            visibility: tree.unwrap_or(visibility),
            immutable_tags,
        })
    }
}
