//! Lists, page by page.

use atoll_core::digest::Digest;
use atoll_core::manifest::Descriptor;
use atoll_core::permission::{Action, Principal, may};
use atoll_core::reference::Tag;
use atoll_core::repository::RepositoryName;
use atoll_db::repositories::{self, Repository};
use atoll_db::{referrers, tags};

use super::Registry;
use super::errors::ReadError;

/// How many referrers one page holds.
const REFERRERS_PAGE: usize = 1000;

/// How long a page of referrers may be, in bytes, if it has more than one: clients read four million.
const REFERRERS_BYTES_MAX: usize = 3_500_000;

/// How many referrers one query reads: the annotations of each may have megabytes.
const REFERRERS_STEP: usize = 32;

/// How long a descriptor without annotations is at most, in bytes, as JSON.
const DESCRIPTOR_BYTES: usize = 512;

/// How many repositories are looked at in one step of a catalogue.
const CATALOG_STEP: usize = 1000;

/// A page of tags.
pub struct TagPage {
    /// In the order of their bytes.
    pub names: Vec<Tag>,
    /// Whether there are more.
    pub more: bool,
}

/// A page of repositories.
pub struct NamePage {
    /// In the order of their bytes.
    pub names: Vec<RepositoryName>,
    /// Whether there may be more.
    pub more: bool,
}

/// A page of what refers to a manifest.
pub struct Referrers {
    /// In the order of their digests.
    pub descriptors: Vec<Descriptor>,
    /// The last of them, if there are more.
    pub next: Option<Digest>,
}

impl Referrers {
    pub(crate) const fn none() -> Self {
        Self {
            descriptors: Vec::new(),
            next: None,
        }
    }
}

impl Registry {
    /// The tags of a repository after `last`; nothing where there is no such repository.
    pub async fn list_tags(
        &self,
        name: &RepositoryName,
        length: usize,
        last: Option<&str>,
    ) -> Result<Option<TagPage>, ReadError> {
        let Some(repository) = self.db.find_repository(name).await? else {
            return Ok(None);
        };
        if length == 0 {
            return Ok(Some(TagPage {
                names: Vec::new(),
                more: false,
            }));
        }
        let mut read = self.db.read().await?;
        let mut names = tags::list(&mut read, repository.id, last, length + 1).await?;
        let more = names.len() > length;
        names.truncate(length);
        Ok(Some(TagPage { names, more }))
    }

    /// What refers to a manifest, whether that is here or not.
    pub async fn list_referrers(
        &self,
        name: &RepositoryName,
        subject: &Digest,
        artifact_type: Option<&str>,
        after: Option<&Digest>,
    ) -> Result<Referrers, ReadError> {
        let Some(repository) = self.db.find_repository(name).await? else {
            return Ok(Referrers::none());
        };
        let mut read = self.db.read().await?;
        let mut page = Referrers::none();
        let (mut after, mut bytes) = (after.cloned(), 0);
        loop {
            let step = referrers::list(
                &mut read,
                repository.id,
                subject,
                artifact_type,
                after.as_ref(),
                REFERRERS_STEP,
            )
            .await?;
            let ended = step.len() < REFERRERS_STEP;
            for referrer in step {
                bytes += shown_bytes(&referrer);
                let full = page.descriptors.len() == REFERRERS_PAGE || bytes > REFERRERS_BYTES_MAX;
                if let Some(last) = page.descriptors.last().filter(|_| full) {
                    page.next = Some(last.digest.clone());
                    return Ok(page);
                }
                page.descriptors.push(descriptor(referrer));
            }
            if ended {
                return Ok(page);
            }
            after = page.descriptors.last().map(|last| last.digest.clone());
        }
    }

    /// Whether the principal may read a repository.
    pub(crate) fn shows(&self, principal: &Principal, repository: &Repository) -> bool {
        let Repository {
            name, visibility, ..
        } = repository;
        let visibility = self.trees.visibility(name).unwrap_or(*visibility);
        may(principal, Action::Pull, name, visibility).is_allowed()
    }

    /// The repositories after `last` that the principal may read.
    pub async fn catalog(
        &self,
        principal: &Principal,
        length: usize,
        last: Option<&str>,
    ) -> Result<NamePage, ReadError> {
        let mut names = Vec::new();
        // A place between names is as good as a name: the list goes on after it.
        let mut after = last.map(str::to_owned);
        if length == 0 {
            return Ok(NamePage { names, more: false });
        }
        let mut read = self.db.read().await?;
        loop {
            let step = repositories::list(&mut read, "", after.as_deref(), CATALOG_STEP).await?;
            let ended = step.len() < CATALOG_STEP;
            after = step.last().map(|repository| repository.name.to_string());
            for repository in step {
                if self.shows(principal, &repository) {
                    names.push(repository.name);
                }
            }
            if names.len() > length {
                names.truncate(length);
                return Ok(NamePage { names, more: true });
            }
            if ended {
                return Ok(NamePage { names, more: false });
            }
        }
    }
}

/// How long a referrer is in an answer, in bytes; a little too much where it has no strange characters.
fn shown_bytes(referrer: &referrers::Referrer) -> usize {
    let annotations: usize = referrer
        .annotations
        .iter()
        .map(|(key, value)| key.len() + value.len() + 6)
        .sum();
    DESCRIPTOR_BYTES + annotations
}

fn descriptor(referrer: referrers::Referrer) -> Descriptor {
    Descriptor {
        media_type: referrer.media_type,
        digest: referrer.digest,
        size: referrer.size,
        artifact_type: referrer.artifact_type,
        annotations: Some(referrer.annotations).filter(|map| !map.is_empty()),
        urls: None,
        platform: None,
        data: None,
    }
}
