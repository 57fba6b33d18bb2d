//! Walking over all versions of a family.

use std::collections::VecDeque;

use atoll_core::reference::Tag;
use atoll_core::repository::{Family, RepositoryName};
use atoll_core::version::Version;
use atoll_db::repositories::{self, Repository};
use atoll_db::{Db, tags};

use super::{Maintenance, PAGE};
use crate::failure::Failure;

/// The families whose versions are projected, in the order of the walk.
const FAMILIES: [Family; 2] = [Family::Providers, Family::Modules];

/// The versions of all providers and modules, page by page.
pub(super) struct VersionTags {
    db: Db,
    /// The families that were not begun yet, and the one that is walked.
    families: VecDeque<Family>,
    repositories: VecDeque<Repository>,
    /// The last repository that was read; none before the first.
    last_repository: Option<RepositoryName>,
    /// Whether there are no repositories behind those that were read.
    is_last_page: bool,
    tags: VecDeque<Tag>,
    /// Where the tags of the repository in front go on; none where they ended.
    after_tag: Option<String>,
    current: Option<Repository>,
}

impl Maintenance {
    pub(super) fn version_tags(&self) -> VersionTags {
        VersionTags {
            db: self.store.db.clone(),
            families: FAMILIES.into(),
            repositories: VecDeque::new(),
            last_repository: None,
            is_last_page: false,
            tags: VecDeque::new(),
            after_tag: None,
            current: None,
        }
    }
}

impl VersionTags {
    /// The next tag that is a version; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<(Repository, Tag)>, Failure> {
        loop {
            while let Some(tag) = self.tags.pop_front() {
                if let Some(repository) = self
                    .current
                    .as_ref()
                    .filter(|_| Version::from_tag(&tag).is_ok())
                {
                    return Ok(Some((repository.clone(), tag)));
                }
            }
            if let (Some(repository), Some(after)) = (&self.current, self.after_tag.take()) {
                let page = tags::list(
                    &mut *self.db.read().await?,
                    repository.id,
                    Some(&after),
                    PAGE,
                )
                .await?;
                self.after_tag = page
                    .last()
                    .filter(|_| page.len() == PAGE)
                    .map(Tag::to_string);
                self.tags = page.into();
                continue;
            }
            match self.next_repository().await? {
                Some(repository) => {
                    self.current = Some(repository);
                    self.after_tag = Some(String::new());
                }
                None => return Ok(None),
            }
        }
    }

    async fn next_repository(&mut self) -> Result<Option<Repository>, Failure> {
        while self.repositories.is_empty() {
            if self.is_last_page {
                self.families.pop_front();
                self.last_repository = None;
                self.is_last_page = false;
            }
            let Some(family) = self.families.front() else {
                return Ok(None);
            };
            let prefix = format!("{}/", family.as_str());
            let mut read = self.db.read().await?;
            let page = repositories::list(
                &mut read,
                &prefix,
                self.last_repository.as_ref().map(RepositoryName::as_str),
                PAGE,
            )
            .await?;
            self.is_last_page = page.len() < PAGE;
            self.last_repository = page.last().map(|repository| repository.name.clone());
            self.repositories = page.into();
        }
        Ok(self.repositories.pop_front())
    }
}
