//! Platforms that join a version which is here already, whether they are published or imported.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::platform::Platform;
use tokio::sync::Mutex;

use super::ReleaseZip;
use crate::mirror::CapturedVersion;
use crate::registry::StagedBlob;

/// One version is extended at a time, so that two calls don't each forget the other's platform.
#[derive(Default)]
pub(super) struct ExtendLock(pub(super) Mutex<()>);

/// Why a zip can't join a version. What was published never changes.
#[derive(Debug)]
pub(super) enum Clash {
    /// The platform is there with other bytes.
    Taken {
        /// What was handed in.
        zip: ReleaseZip,
        /// What is there.
        existing: Digest,
    },
    /// The version is complete, and the platform is not part of it.
    Finished(ReleaseZip),
}

/// Adds what is there to what is handed in, and says whether anything new was handed in; the same bytes again are no harm,
/// others are. Nothing new joins a version that is `complete`.
pub(super) fn join(
    present: &CapturedVersion,
    complete: bool,
    zips: &mut BTreeMap<Platform, ReleaseZip>,
) -> Result<bool, Clash> {
    let mut new = None;
    for (platform, zip) in &*zips {
        match present.find_platform(platform) {
            Some(package) if package.digest == zip.blob.digest => {}
            Some(package) => {
                return Err(Clash::Taken {
                    zip: zip.clone(),
                    existing: package.digest.clone(),
                });
            }
            None => new = new.or(Some(zip)),
        }
    }
    if let Some(zip) = new.filter(|_| complete) {
        return Err(Clash::Finished(zip.clone()));
    }
    let has_new = new.is_some();
    for package in &present.platforms {
        let blob = StagedBlob {
            digest: package.digest.clone(),
            size: package.size,
        };
        // Under the name that it had: the manifest that is there names it so.
        zips.insert(
            package.platform.clone(),
            ReleaseZip {
                name: package.file_name.clone(),
                blob,
            },
        );
    }
    Ok(has_new)
}
