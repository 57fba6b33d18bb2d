//! Saying something against using a module.

use atoll_core::address::{Hostname, ModuleAddr};
use atoll_core::version::Version;
use atoll_db::modules::{self, Deprecation};

use super::{ModuleError, Modules};
use crate::failure::Failure;

/// The longest message, in bytes.
const MESSAGE_BYTES_MAX: usize = 2000;

/// What an owner says against using a version, or a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Why not, and what to do.
    pub message: String,
    /// The module to use in its place.
    pub successor: Option<String>,
}

impl From<Deprecation> for Notice {
    fn from(said: Deprecation) -> Self {
        Self {
            message: said.message,
            successor: said.successor,
        }
    }
}

impl Modules {
    /// Deprecates a version, or the whole module.
    pub async fn deprecate(
        &self,
        module: &ModuleAddr,
        version: Option<&Version>,
        notice: Notice,
    ) -> Result<(), ModuleError> {
        check(&notice)?;
        let repository = self.repository(module, version).await?;
        let said = Deprecation {
            version: version.cloned(),
            message: notice.message,
            successor: notice.successor,
            set_at: crate::now(),
        };
        let said = &said;
        let done = self.store.db.transact("module.deprecate", |tx| {
            Box::pin(async move { modules::deprecate(tx, repository, said).await })
        });
        done.await.map_err(Failure::from)?;
        Ok(())
    }

    /// Takes back what was said.
    pub async fn undeprecate(
        &self,
        module: &ModuleAddr,
        version: Option<&Version>,
    ) -> Result<(), ModuleError> {
        let repository = self.repository(module, version).await?;
        let done = self.store.db.transact("module.undeprecate", |tx| {
            Box::pin(async move { modules::undeprecate(tx, repository, version).await })
        });
        if done.await.map_err(Failure::from)? {
            return Ok(());
        }
        Err(ModuleError::NotFound {
            what: format!("deprecation of {}", words(module, version)),
        })
    }

    async fn repository(
        &self,
        module: &ModuleAddr,
        version: Option<&Version>,
    ) -> Result<atoll_db::repositories::RepositoryId, ModuleError> {
        let stored = self.stored.list(&module.repository()).await?;
        let known = match version {
            Some(version) => stored
                .modules
                .iter()
                .any(|stored| stored.version == *version),
            None => !stored.modules.is_empty(),
        };
        let repository = self.store.db.find_repository(&module.repository()).await;
        match repository.map_err(Failure::from)? {
            Some(repository) if known => Ok(repository.id),
            _ => Err(ModuleError::NotFound {
                what: words(module, version),
            }),
        }
    }
}

fn words(module: &ModuleAddr, version: Option<&Version>) -> String {
    match version {
        Some(version) => format!("module {module} {version}"),
        None => format!("module {module}"),
    }
}

fn check(notice: &Notice) -> Result<(), ModuleError> {
    let message = notice.message.trim();
    if message.is_empty() || message.len() > MESSAGE_BYTES_MAX {
        return Err(ModuleError::Notice(format!(
            "a deprecation has a message of 1 to {MESSAGE_BYTES_MAX} bytes that says what to do"
        )));
    }
    let Some(successor) = &notice.successor else {
        return Ok(());
    };
    ModuleAddr::parse_with_default(successor, &Hostname::self_())
        .map(drop)
        .map_err(|error| ModuleError::Notice(format!("the successor: {error}")))
}
