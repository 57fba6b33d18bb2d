//! Finding what nobody wants any more, and taking it away in steps that a push can always overtake.
//!
//! A blob goes in three steps: its links go ([`unlink_stale_blobs`]) and the manifests that named it
//! ([`delete_unlinked_manifests`]); then it is hidden ([`condemn`]); and after a while, with a second look, its row goes
//! ([`forget_condemned`]). Until the row is gone, whoever pushes the blob again brings it back. Its bytes belong between
//! [`list_condemned`] and [`forget_condemned`], under the digest's lock.

/// That no manifest names the blob whose digest this is, neither as what it needs nor as what it may do without.
macro_rules! nothing_names {
    ($digest:literal) => {
        concat!(
            " NOT EXISTS (SELECT 1 FROM manifest_blobs m WHERE m.blob_digest = ",
            $digest,
            ") AND NOT EXISTS (SELECT 1 FROM manifest_children c WHERE c.child_digest = ",
            $digest,
            ") "
        )
    };
}

mod blobs;
mod condemn;
mod forecast;
mod manifests;
mod totals;

pub use blobs::{list_unreferenced_blobs, unlink_stale_blobs};
pub use condemn::{Condemned, condemn, forget_condemned, is_condemned, list_condemned};
pub use forecast::{Amount, Cutoffs, Forecast, amount_condemned, forecast};
pub use manifests::{
    UntaggedCursor, UntaggedManifest, delete_unlinked_manifests, list_untagged_manifests,
    unlink_untagged_manifest,
};
pub use totals::{Totals, totals};
