//! One page of what is held.

use atoll_core::address::ProviderAddr;
use atoll_core::kind::ErrorKind;
use atoll_core::pattern::PatternError;
use atoll_core::permission::{Action, Principal, may};
use atoll_core::repository::{Family, RepositoryName};
use atoll_core::version::Version;
use atoll_db::DbError;
use atoll_db::blobs::BlobState;
use atoll_db::modules::{self, ModuleArtifact};
use atoll_db::providers::{self, Artifact, ArtifactCursor};
use atoll_db::tags::{self, TagCursor, TagRow};

use super::filter::Filter;
use super::{
    HeldModule, HeldPlatform, HeldProvider, HeldTag, Holding, Holdings, HoldingsCursor, Kind,
};
use crate::failure::Failure;
use crate::modules::{StoredModule, spelt};

/// How many rows one page holds at most.
pub const HOLDINGS_PAGE_MAX: usize = 1000;

/// How many rows are looked at in one step.
const STEP: usize = 500;

/// How many steps one page takes at most: a page may hold fewer rows than there are further on, or none.
const STEPS_MAX: usize = 20;

/// A page of what is held.
#[derive(Clone, Debug, Default)]
pub struct HoldingsPage {
    /// What is held.
    pub holdings: Vec<Holding>,
    /// Where the list goes on; none at its end.
    pub next: Option<HoldingsCursor>,
}

/// What is held can't be listed.
#[derive(Debug, thiserror::Error)]
pub enum ListHoldingsError {
    /// The pattern is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// Our own parts failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for ListHoldingsError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

impl ListHoldingsError {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Pattern(_) => ErrorKind::Invalid,
            Self::Failed(failure) => failure.kind(),
        }
    }
}

/// What a page is made with.
struct Asked<'a> {
    principal: &'a Principal,
    filter: Filter,
    limit: usize,
    /// The repository that was decided on last, and whether its rows are shown.
    decided: Option<(RepositoryName, bool)>,
}

impl Holdings {
    /// What is held that the principal may pull, in the order of repositories: providers, then modules, then everything else. The pattern
    /// describes the end of an address or its beginning, with an optional constraint on versions behind it.
    pub async fn artifacts(
        &self,
        principal: &Principal,
        pattern: Option<&str>,
        after: Option<HoldingsCursor>,
        limit: usize,
    ) -> Result<HoldingsPage, ListHoldingsError> {
        let mut asked = Asked {
            principal,
            filter: Filter::parse(pattern)?,
            limit: limit.clamp(1, HOLDINGS_PAGE_MAX),
            decided: None,
        };
        let mut page = HoldingsPage::default();
        let mut at = after;
        for _ in 0..STEPS_MAX {
            at = match at {
                None => self.step_providers(&mut asked, None, &mut page).await?,
                Some(HoldingsCursor::Provider(cursor)) => {
                    self.step_providers(&mut asked, Some(&cursor), &mut page)
                        .await?
                }
                Some(HoldingsCursor::Modules) => {
                    self.step_modules(&mut asked, None, &mut page).await?
                }
                Some(HoldingsCursor::Module(cursor)) => {
                    self.step_modules(&mut asked, Some(&cursor), &mut page)
                        .await?
                }
                Some(HoldingsCursor::Tags) => self.step_tags(&mut asked, None, &mut page).await?,
                Some(HoldingsCursor::Tag(cursor)) => {
                    self.step_tags(&mut asked, Some(&cursor), &mut page).await?
                }
            };
            if at.is_none() || page.holdings.len() >= asked.limit {
                break;
            }
        }
        page.next = at;
        Ok(page)
    }

    async fn step_providers(
        &self,
        asked: &mut Asked<'_>,
        after: Option<&ArtifactCursor>,
        page: &mut HoldingsPage,
    ) -> Result<Option<HoldingsCursor>, ListHoldingsError> {
        let prefix = format!("{}/", Family::Providers.as_str());
        let rows =
            providers::list_artifacts(&mut *self.store.db.read().await?, &prefix, after, STEP)
                .await?;
        let last = rows
            .last()
            .filter(|_| rows.len() == STEP)
            .map(Artifact::cursor);
        for row in rows {
            let cursor = row.cursor();
            if let Some(provider) = self.provider(asked, row).await? {
                page.holdings.push(Holding::Provider(provider));
                if page.holdings.len() >= asked.limit {
                    return Ok(Some(HoldingsCursor::Provider(cursor)));
                }
            }
        }
        Ok(Some(
            last.map_or(HoldingsCursor::Modules, HoldingsCursor::Provider),
        ))
    }

    async fn step_modules(
        &self,
        asked: &mut Asked<'_>,
        after: Option<&ArtifactCursor>,
        page: &mut HoldingsPage,
    ) -> Result<Option<HoldingsCursor>, ListHoldingsError> {
        let prefix = format!("{}/", Family::Modules.as_str());
        let rows = modules::list_artifacts(&mut *self.store.db.read().await?, &prefix, after, STEP)
            .await?;
        let last = rows
            .last()
            .filter(|_| rows.len() == STEP)
            .map(ModuleArtifact::cursor);
        for row in rows {
            let cursor = row.cursor();
            if let Some(module) = self.module(asked, row).await? {
                page.holdings.push(Holding::Module(module));
                if page.holdings.len() >= asked.limit {
                    return Ok(Some(HoldingsCursor::Module(cursor)));
                }
            }
        }
        Ok(Some(
            last.map_or(HoldingsCursor::Tags, HoldingsCursor::Module),
        ))
    }

    async fn step_tags(
        &self,
        asked: &mut Asked<'_>,
        after: Option<&TagCursor>,
        page: &mut HoldingsPage,
    ) -> Result<Option<HoldingsCursor>, ListHoldingsError> {
        let besides = format!("{}/", Family::Providers.as_str());
        let rows = tags::list_all(&mut *self.store.db.read().await?, &besides, after, STEP).await?;
        let last = rows
            .last()
            .filter(|_| rows.len() == STEP)
            .map(TagRow::cursor);
        for row in rows {
            let cursor = row.cursor();
            if let Some(tag) = self.tag(asked, row).await? {
                page.holdings.push(Holding::Tag(tag));
                if page.holdings.len() >= asked.limit {
                    return Ok(Some(HoldingsCursor::Tag(cursor)));
                }
            }
        }
        Ok(last.map(HoldingsCursor::Tag))
    }

    async fn provider(
        &self,
        asked: &mut Asked<'_>,
        row: Artifact,
    ) -> Result<Option<HeldProvider>, Failure> {
        let Some(address) = ProviderAddr::from_repository(&row.repository) else {
            return Ok(None);
        };
        let address = address.to_string();
        if !asked.filter.matches(&address, Some(&row.version))
            || !self.may_see(asked, &row.repository).await?
        {
            return Ok(None);
        }
        let platforms = row.platforms.into_iter().map(|platform| HeldPlatform {
            platform: platform.platform,
            size: platform.size,
            held: platform.state == Some(BlobState::Held),
        });
        Ok(Some(HeldProvider {
            repository: row.repository,
            address,
            version: row.version,
            platforms: platforms.collect(),
            origin: row.origin,
            proof: row.proof,
            captured_at: row.captured_at,
        }))
    }

    async fn module(
        &self,
        asked: &mut Asked<'_>,
        row: ModuleArtifact,
    ) -> Result<Option<HeldModule>, Failure> {
        let Some(stored) = StoredModule::of(&row.repository, row.module) else {
            return Ok(None);
        };
        let Some(address) = spelt(&stored).map(|module| module.to_string()) else {
            return Ok(None);
        };
        if !asked.filter.matches(&address, Some(&stored.version))
            || !self.may_see(asked, &stored.repository).await?
        {
            return Ok(None);
        }
        Ok(Some(HeldModule {
            repository: stored.repository,
            address,
            version: stored.version,
            digest: stored.zip,
            size: stored.size,
            origin: stored.origin,
            proof: stored.proof,
            captured_at: stored.captured_at,
        }))
    }

    async fn tag(&self, asked: &mut Asked<'_>, row: TagRow) -> Result<Option<HeldTag>, Failure> {
        let version = Version::from_tag(&row.tag).ok();
        if version.is_some() && row.repository.family() == Some(Family::Modules) {
            // Listed as a module.
            return Ok(None);
        }
        if !asked
            .filter
            .matches(row.repository.as_str(), version.as_ref())
            || !self.may_see(asked, &row.repository).await?
        {
            return Ok(None);
        }
        Ok(Some(HeldTag {
            kind: Kind::of(row.repository.family()),
            repository: row.repository,
            tag: row.tag,
            digest: row.digest,
            size: row.content_bytes,
            updated_at: row.updated_at,
        }))
    }

    async fn may_see(
        &self,
        asked: &mut Asked<'_>,
        repository: &RepositoryName,
    ) -> Result<bool, Failure> {
        if let Some((_, shown)) = asked
            .decided
            .as_ref()
            .filter(|(name, _)| name == repository)
        {
            return Ok(*shown);
        }
        let visibility = self.store.visibility(repository).await?;
        let shown = may(asked.principal, Action::Pull, repository, visibility).is_allowed();
        asked.decided = Some((repository.clone(), shown));
        Ok(shown)
    }
}
