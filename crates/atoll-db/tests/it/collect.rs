//! Collecting: what goes, and above all what stays.

use atoll_db::collect::{self, Totals};
use atoll_db::{blobs, manifests, tags};

use crate::harness::{NOW, Parts, TestDb, after, digest, insert_manifest, tag};

db_tests!(
    what_a_manifest_names_stays,
    what_a_manifest_may_do_without_stays_if_it_is_here,
    what_a_lease_keeps_stays,
    what_is_young_stays,
    unreferenced_blobs_are_listed_in_pages,
    stale_links_go_and_used_ones_stay,
    content_goes_when_no_repository_links_it,
    untagged_manifests_are_those_that_nothing_leads_to,
    untagged_manifests_are_listed_in_pages,
    a_condemned_blob_goes_after_a_second_look,
    a_condemned_blob_that_came_again_stays,
    a_manifest_does_not_name_a_condemned_blob,
    everything_is_counted,
    an_untagged_manifest_goes_only_while_it_is_untagged,
    a_forecast_is_what_then_happens,
);

/// After all leases of the harness.
const LATER: atoll_core::time_micros::Micros = after(60);

async fn unreferenced(test: &TestDb) -> Vec<atoll_core::digest::Digest> {
    let mut read = test.db.read().await.unwrap();
    collect::list_unreferenced_blobs(&mut read, LATER, LATER, None, 99)
        .await
        .unwrap()
}

async fn what_a_manifest_names_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let (used, unused) = (
        test.blob(repository, "used").await,
        test.blob(repository, "unused").await,
    );
    test.manifest(
        repository,
        "m",
        Parts {
            blobs: std::slice::from_ref(&used),
            ..Parts::default()
        },
    )
    .await;
    assert_eq!(unreferenced(&test).await, std::slice::from_ref(&unused));
    let condemned = collect::condemn(&test.db, &[used, unused.clone(), digest("none")], LATER)
        .await
        .unwrap();
    assert_eq!(condemned, [unused]);
    assert!(unreferenced(&test).await.is_empty());
}

async fn what_a_lease_keeps_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    blobs::renew_lease(&mut tx, &blob, LATER).await.unwrap();
    tx.commit().await.unwrap();
    assert!(unreferenced(&test).await.is_empty());
    assert!(
        collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
            .await
            .unwrap()
            .is_empty()
    );
    let condemned = collect::condemn(&test.db, std::slice::from_ref(&blob), after(60 + 1))
        .await
        .unwrap();
    assert_eq!(condemned, [blob]);
}

async fn what_is_young_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    assert!(
        collect::list_unreferenced_blobs(&mut tx, NOW, LATER, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, NOW, LATER, 9)
            .await
            .unwrap(),
        0
    );
    let _ = insert_manifest(&mut tx, "m", Parts::default())
        .await
        .unwrap();
    assert!(
        collect::delete_unlinked_manifests(&mut tx, NOW, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn unreferenced_blobs_are_listed_in_pages(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut expected = Vec::new();
    for text in ["a", "b", "c"] {
        expected.push(test.blob(repository, text).await);
    }
    expected.sort();
    let mut read = test.db.read().await.unwrap();
    let first = collect::list_unreferenced_blobs(&mut read, LATER, LATER, None, 2)
        .await
        .unwrap();
    let rest = collect::list_unreferenced_blobs(&mut read, LATER, LATER, first.last(), 2)
        .await
        .unwrap();
    assert_eq!([first, rest].concat(), expected);
}

async fn stale_links_go_and_used_ones_stay(test: TestDb) {
    let (one, two) = (
        test.repository("acme/one").await,
        test.repository("acme/two").await,
    );
    let blob = test.blob(one, "blob").await;
    let stale = test.blob(one, "stale").await;
    test.manifest(
        one,
        "m",
        Parts {
            blobs: std::slice::from_ref(&blob),
            ..Parts::default()
        },
    )
    .await;
    let mut tx = test.begin().await;
    // Linked in the second repository, but named by no manifest of it.
    blobs::link(&mut tx, two, &blob, NOW).await.unwrap();
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 1)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 9)
            .await
            .unwrap(),
        1
    );
    assert!(
        blobs::find_in_repository(&mut tx, one, &blob)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        blobs::find_in_repository(&mut tx, two, &blob)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        blobs::find_in_repository(&mut tx, one, &stale)
            .await
            .unwrap()
            .is_none()
    );
    assert!(blobs::find(&mut tx, &stale).await.unwrap().is_some());
}

async fn content_goes_when_no_repository_links_it(test: TestDb) {
    let (one, two) = (
        test.repository("acme/one").await,
        test.repository("acme/two").await,
    );
    let blob = test.blob(one, "blob").await;
    let manifest = test
        .manifest(
            one,
            "m",
            Parts {
                blobs: std::slice::from_ref(&blob),
                ..Parts::default()
            },
        )
        .await;
    let mut tx = test.begin().await;
    manifests::link(&mut tx, two, &manifest, NOW).await.unwrap();
    manifests::unlink(&mut tx, one, &manifest).await.unwrap();
    assert!(
        collect::delete_unlinked_manifests(&mut tx, LATER, 9)
            .await
            .unwrap()
            .is_empty()
    );
    manifests::unlink(&mut tx, two, &manifest).await.unwrap();
    assert_eq!(
        collect::delete_unlinked_manifests(&mut tx, LATER, 9)
            .await
            .unwrap(),
        [manifest]
    );
    tx.commit().await.unwrap();
    assert_eq!(unreferenced(&test).await, [blob]);
}

async fn untagged_manifests_are_those_that_nothing_leads_to(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let child = test.manifest(repository, "child", Parts::default()).await;
    let index = test
        .manifest(
            repository,
            "index",
            Parts {
                children: &[child],
                tag: Some("v1"),
                ..Parts::default()
            },
        )
        .await;
    // It refers to something that is here; the next one does not.
    test.manifest(
        repository,
        "proof",
        Parts {
            subject: Some(&index),
            ..Parts::default()
        },
    )
    .await;
    let lost = test
        .manifest(
            repository,
            "lost",
            Parts {
                subject: Some(&digest("gone")),
                ..Parts::default()
            },
        )
        .await;
    let plain = test.manifest(repository, "plain", Parts::default()).await;
    let mut tx = test.begin().await;
    let found = collect::list_untagged_manifests(&mut tx, LATER, None, 9)
        .await
        .unwrap();
    let mut expected = [lost, plain];
    expected.sort();
    assert_eq!(
        found
            .iter()
            .map(|manifest| manifest.digest.clone())
            .collect::<Vec<_>>(),
        expected
    );
    assert_eq!(found[0].repository.as_str(), "acme/app");
    assert_eq!(
        (found[0].repository_id, found[0].pushed_at),
        (repository, NOW)
    );
    assert!(
        collect::list_untagged_manifests(&mut tx, NOW, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    // Without its tag the index goes, but not what it still holds together.
    tags::delete(&mut tx, repository, &tag("v1")).await.unwrap();
    let found = collect::list_untagged_manifests(&mut tx, LATER, None, 9)
        .await
        .unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().any(|manifest| manifest.digest == index));
}

async fn untagged_manifests_are_listed_in_pages(test: TestDb) {
    for text in ["acme/a", "acme/b"] {
        let repository = test.repository(text).await;
        for body in ["1", "2"] {
            test.manifest(repository, &format!("{text}{body}"), Parts::default())
                .await;
        }
    }
    let mut read = test.db.read().await.unwrap();
    let all = collect::list_untagged_manifests(&mut read, LATER, None, 9)
        .await
        .unwrap();
    let mut paged = Vec::new();
    let mut after = None;
    while let Some(next) = collect::list_untagged_manifests(&mut read, LATER, after.as_ref(), 1)
        .await
        .unwrap()
        .into_iter()
        .next()
    {
        after = Some(next.cursor());
        paged.push(next);
    }
    assert_eq!(all.len(), 4);
    assert_eq!(paged, all);
}

async fn a_condemned_blob_goes_after_a_second_look(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    let mut tx = test.begin().await;
    assert!(
        collect::list_condemned(&mut tx, LATER, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(!collect::is_condemned(&mut tx, &blob, LATER).await.unwrap());
    assert!(
        !collect::forget_condemned(&mut tx, &blob, LATER)
            .await
            .unwrap()
    );
    let day_after = after(60 + 86_400);
    let listed = collect::list_condemned(&mut tx, day_after, None, 9)
        .await
        .unwrap();
    assert_eq!(
        (&listed[0].digest, listed[0].size, listed[0].condemned_at),
        (&blob, 4, LATER)
    );
    assert!(
        collect::list_condemned(&mut tx, day_after, Some(&blob), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        collect::is_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        !collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    // Links went with the row: the next push starts from nothing.
    assert_eq!(test.blob(repository, "blob").await, blob);
}

async fn a_condemned_blob_that_came_again_stays(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    test.blob(repository, "blob").await;
    let mut tx = test.begin().await;
    let day_after = after(60 + 86_400);
    assert!(
        !collect::is_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        !collect::forget_condemned(&mut tx, &blob, day_after)
            .await
            .unwrap()
    );
    assert!(
        blobs::find_in_repository(&mut tx, repository, &blob)
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_manifest_does_not_name_a_condemned_blob(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let blob = test.blob(repository, "blob").await;
    collect::condemn(&test.db, std::slice::from_ref(&blob), LATER)
        .await
        .unwrap();
    let mut tx = test.begin().await;
    let parts = Parts {
        blobs: std::slice::from_ref(&blob),
        ..Parts::default()
    };
    let inserted = insert_manifest(&mut tx, "m", parts).await.unwrap();
    assert_eq!(inserted, manifests::Insertion::MissingBlobs(vec![blob]));
}

async fn everything_is_counted(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut read = test.db.read().await.unwrap();
    assert_eq!(collect::totals(&mut read).await.unwrap(), Totals::default());
    test.blob(repository, "four").await;
    test.blob(repository, "seven77").await;
    let gone = test.blob(repository, "go").await;
    collect::condemn(&test.db, &[gone], LATER).await.unwrap();
    test.manifest(repository, "manifest", Parts::default())
        .await;
    let totals = collect::totals(&mut read).await.unwrap();
    let expected = Totals {
        held_blobs: 2,
        held_bytes: 11,
        condemned_blobs: 1,
        condemned_bytes: 2,
        manifests: 1,
        manifest_bytes: 8,
        ..Totals::default()
    };
    assert_eq!(totals, expected);
}

async fn an_untagged_manifest_goes_only_while_it_is_untagged(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let child = test.manifest(repository, "child", Parts::default()).await;
    let index = test
        .manifest(
            repository,
            "index",
            Parts {
                children: std::slice::from_ref(&child),
                ..Parts::default()
            },
        )
        .await;
    let referrer = test
        .manifest(
            repository,
            "referrer",
            Parts {
                subject: Some(&index),
                ..Parts::default()
            },
        )
        .await;
    let mut tx = test.begin().await;
    let mut gone = async |digest: &atoll_core::digest::Digest, before| {
        let cursor = collect::UntaggedCursor {
            repository_id: repository,
            digest: digest.clone(),
        };
        collect::unlink_untagged_manifest(&mut tx, &cursor, before)
            .await
            .unwrap()
    };
    assert!(!gone(&child, LATER).await, "an index names it");
    assert!(!gone(&referrer, LATER).await, "its subject is here");
    assert!(!gone(&index, NOW).await, "it is too young");
    assert!(gone(&index, LATER).await);
    assert!(!gone(&index, LATER).await, "it is gone already");
    assert!(gone(&child, LATER).await);
    assert!(gone(&referrer, LATER).await);
    let tagged = test_tagged(&mut tx, repository).await;
    let cursor = collect::UntaggedCursor {
        repository_id: repository,
        digest: tagged,
    };
    assert!(
        !collect::unlink_untagged_manifest(&mut tx, &cursor, LATER)
            .await
            .unwrap()
    );
}

async fn test_tagged(
    tx: &mut atoll_db::Tx,
    repository: atoll_db::repositories::RepositoryId,
) -> atoll_core::digest::Digest {
    let parts = Parts {
        tag: Some("latest"),
        ..Parts::default()
    };
    crate::harness::put_manifest(tx, repository, "tagged", parts)
        .await
        .unwrap()
}

async fn a_forecast_is_what_then_happens(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut blobs = Vec::new();
    for text in ["kept", "of index", "of the untagged", "loose"] {
        blobs.push(test.blob(repository, text).await);
    }
    let blob = |index: usize| std::slice::from_ref(&blobs[index]);
    let parts = |index| Parts {
        blobs: blob(index),
        ..Parts::default()
    };
    let child = test.manifest(repository, "child", parts(1)).await;
    let index = Parts {
        children: std::slice::from_ref(&child),
        tag: Some("v1"),
        ..Parts::default()
    };
    test.manifest(repository, "index", index).await;
    let subject = test.manifest(repository, "untagged", parts(2)).await;
    let referrer = Parts {
        subject: Some(&subject),
        ..parts(0)
    };
    test.manifest(repository, "referrer", referrer).await;
    let kept = Parts {
        tag: Some("kept"),
        ..parts(0)
    };
    test.manifest(repository, "keeper", kept).await;
    let mut cutoffs = collect::Cutoffs {
        now: LATER,
        before: LATER,
        untagged_before: None,
    };
    let forecast = async |cutoffs: &collect::Cutoffs| {
        let mut read = test.db.read().await.unwrap();
        collect::forecast(&mut read, cutoffs).await.unwrap()
    };
    let loose = collect::Amount { count: 1, bytes: 5 };
    let plain = forecast(&cutoffs).await;
    assert_eq!((plain.untagged_manifests, plain.condemned), (0, loose));
    cutoffs.untagged_before = Some(LATER);
    let with_untagged = forecast(&cutoffs).await;
    assert_eq!(with_untagged.untagged_manifests, 2);
    assert_eq!(
        with_untagged.condemned,
        collect::Amount {
            count: 2,
            bytes: 5 + 15
        }
    );
    assert_eq!(with_untagged.freed, collect::Amount::default());
    cutoffs.untagged_before = None;
    let listed = unreferenced(&test).await;
    assert_eq!(
        collect::condemn(&test.db, &listed, LATER).await.unwrap(),
        blob(3)
    );
    let mut read = test.db.read().await.unwrap();
    let amount = collect::amount_condemned(&mut read, &blobs).await.unwrap();
    drop(read);
    assert_eq!(amount, loose);
    let after_condemning = forecast(&cutoffs).await;
    assert_eq!(after_condemning.condemned, collect::Amount::default());
    assert_eq!(after_condemning.freed, loose);
}

/// An index that names a blob, and an image with a layer that registries don't distribute: both are noted as children.
async fn what_a_manifest_may_do_without_stays_if_it_is_here(test: TestDb) {
    let (one, two) = (
        test.repository("acme/one").await,
        test.repository("acme/two").await,
    );
    let named = test.blob(one, "named").await;
    let children = [named.clone(), digest("not here")];
    let index = test
        .manifest(
            one,
            "index",
            Parts {
                children: &children,
                ..Parts::default()
            },
        )
        .await;
    let mut tx = test.begin().await;
    blobs::link(&mut tx, two, &named, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert!(unreferenced(&test).await.is_empty());
    assert!(
        collect::condemn(&test.db, std::slice::from_ref(&named), LATER)
            .await
            .unwrap()
            .is_empty()
    );
    let cutoffs = collect::Cutoffs {
        now: LATER,
        before: LATER,
        untagged_before: None,
    };
    let mut tx = test.begin().await;
    let forecast = collect::forecast(&mut tx, &cutoffs).await.unwrap();
    assert_eq!(forecast, collect::Forecast::default());
    assert_eq!(
        collect::unlink_stale_blobs(&mut tx, LATER, LATER, 9)
            .await
            .unwrap(),
        1,
        "the other repository has no manifest that names it"
    );
    let kept = blobs::find_in_repository(&mut tx, one, &named)
        .await
        .unwrap();
    assert!(kept.is_some());
    // Hidden before anything named it, or because its bytes were lost: the second look finds the name.
    assert!(
        atoll_db::fsck::hide_lost(&mut tx, &named, NOW)
            .await
            .unwrap()
    );
    assert!(!collect::is_condemned(&mut tx, &named, LATER).await.unwrap());
    assert!(
        !collect::forget_condemned(&mut tx, &named, LATER)
            .await
            .unwrap()
    );
    manifests::unlink(&mut tx, one, &index).await.unwrap();
    collect::delete_unlinked_manifests(&mut tx, LATER, 9)
        .await
        .unwrap();
    assert!(
        collect::forget_condemned(&mut tx, &named, LATER)
            .await
            .unwrap(),
        "it goes with the last manifest that names it"
    );
}
