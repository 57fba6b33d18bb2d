//! Whether manifests are what they were, and whether it is noted what they name.

use std::collections::BTreeSet;

use atoll_core::digest::Digest;
use atoll_core::manifest::{self, ParsedManifest};
use atoll_db::fsck;
use atoll_db::manifests::{self, StoredManifest};

use super::report::{Fault, FsckOptions, FsckReport, Repair};
use crate::failure::Failure;
use crate::maintenance::{MANIFEST_PAGE, Maintenance};

/// What a manifest names.
pub(in crate::maintenance) struct Named {
    pub(in crate::maintenance) blobs: Vec<Digest>,
    /// What it may do without.
    pub(in crate::maintenance) children: Vec<Digest>,
}

impl Named {
    pub(in crate::maintenance) fn by(parsed: &ParsedManifest) -> Self {
        let blobs: BTreeSet<&Digest> = parsed
            .blobs()
            .map(|descriptor| &descriptor.digest)
            .collect();
        let children: BTreeSet<&Digest> = parsed
            .optional()
            .map(|descriptor| &descriptor.digest)
            .collect();
        Self {
            blobs: blobs.into_iter().cloned().collect(),
            children: children.into_iter().cloned().collect(),
        }
    }
}

impl Maintenance {
    /// Checks the bytes of every manifest, and its edges.
    pub(super) async fn check_manifests(
        &self,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let mut after: Option<Digest> = None;
        loop {
            let mut read = self.store.db.read().await?;
            let page = fsck::list_manifests(&mut read, after.as_ref(), MANIFEST_PAGE).await?;
            drop(read);
            for stored in &page {
                report.counts.manifests += 1;
                self.check_manifest(stored, options, report).await?;
            }
            after = match page.last() {
                Some(last) if page.len() == MANIFEST_PAGE => Some(last.digest.clone()),
                _ => return Ok(()),
            };
        }
    }

    async fn check_manifest(
        &self,
        stored: &StoredManifest,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let digest = &stored.digest;
        let has_length = usize::try_from(stored.size) == Ok(stored.body.len());
        if !has_length || Digest::of(digest.algorithm(), &stored.body) != *digest {
            report.add(
                Fault::ManifestContent {
                    digest: digest.clone(),
                },
                Repair::None,
            );
            return Ok(());
        }
        match manifest::parse(Some(&stored.media_type), &stored.body) {
            Ok(parsed) => {
                self.check_edges(digest, &Named::by(&parsed), options, report)
                    .await
            }
            Err(error) => {
                report.add(
                    Fault::ManifestInvalid {
                        digest: digest.clone(),
                        why: error.to_string(),
                    },
                    Repair::None,
                );
                Ok(())
            }
        }
    }

    async fn check_edges(
        &self,
        digest: &Digest,
        named: &Named,
        options: FsckOptions,
        report: &mut FsckReport,
    ) -> Result<(), Failure> {
        let mut read = self.store.db.read().await?;
        let noted_blobs = manifests::blob_digests(&mut read, digest).await?;
        let noted_children = manifests::children(&mut read, digest).await?;
        let unnoted: Vec<Digest> = named
            .blobs
            .iter()
            .filter(|blob| !noted_blobs.contains(blob))
            .cloned()
            .collect();
        let known = fsck::known_blobs(&mut read, &unnoted).await?;
        drop(read);
        let mut missing: Vec<&Digest> = Vec::new();
        for blob in &unnoted {
            if known.contains(blob) {
                missing.push(blob);
            } else {
                report.add(
                    Fault::BlobUnknown {
                        manifest: digest.clone(),
                        blob: blob.clone(),
                    },
                    Repair::None,
                );
            }
        }
        missing.extend(
            named
                .children
                .iter()
                .filter(|child| !noted_children.contains(child)),
        );
        if missing.is_empty() {
            return Ok(());
        }
        let restored = options.repair && self.restore_edges(digest, named).await? > 0;
        for to in missing {
            let repair = if restored {
                Repair::Restored
            } else {
                Repair::None
            };
            report.add(
                Fault::EdgeMissing {
                    manifest: digest.clone(),
                    to: to.clone(),
                },
                repair,
            );
        }
        Ok(())
    }

    /// Notes what a manifest names, where that is missing.
    pub(in crate::maintenance) async fn restore_edges(
        &self,
        digest: &Digest,
        named: &Named,
    ) -> Result<u64, Failure> {
        let work = self.store.db.transact("fsck.edges", |tx| {
            Box::pin(async move {
                let restored =
                    fsck::restore_edges(tx, digest, &named.blobs, &named.children).await?;
                Ok::<_, Failure>(restored)
            })
        });
        work.await
    }
}
