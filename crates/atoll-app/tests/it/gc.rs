//! Garbage collection.

use std::time::Duration;

use atoll_app::maintenance::gc::{Amount, GRACE_SECS, GcOptions, GcReport};
use atoll_app::registry::Received;
use atoll_blobs::FillRole;
use atoll_core::digest::Digest;
use atoll_core::permission::Principal;
use atoll_core::reference::Reference;
use bytes::Bytes;
use futures_util::stream;

use crate::house::{House, name};

house_tests!(
    only_what_nobody_wants_goes,
    what_a_manifest_may_do_without_stays,
    what_was_not_noted_before_is_noted_by_a_reindex,
    untagged_manifests_go_where_their_owner_wants_it,
    parts_of_versions_stay_whatever_is_cleaned_up,
    a_blob_is_hidden_first_and_goes_after_the_grace,
    a_hidden_blob_that_is_pushed_again_stays,
    who_was_told_that_a_blob_is_here_has_time_to_name_it,
    a_dry_run_says_what_then_happens,
    files_without_a_row_go_after_the_grace,
    a_blob_that_is_being_fetched_stays,
    pushes_of_the_same_blobs_go_on_meanwhile,
);

const APP: &str = "acme/app";

/// Everything at once.
const NOW: GcOptions = GcOptions {
    dry_run: false,
    untagged: None,
    grace_secs: 0,
};

fn amount(count: u64, bytes: u64) -> Amount {
    Amount { count, bytes }
}

fn received(bytes: &[u8]) -> Received {
    let bytes = Bytes::copy_from_slice(bytes);
    Received {
        range: None,
        length: None,
        stream: Box::pin(stream::iter([Ok(bytes)])),
    }
}

async fn only_what_nobody_wants_goes(house: House) {
    house.old_image(APP, Some("v1"), &[b"tagged"], None).await;
    let child = house.old_image(APP, None, &[b"child"], None).await;
    house
        .old_index(APP, Some("v2"), std::slice::from_ref(&child))
        .await;
    house
        .old_image(APP, None, &[b"signature"], Some(&child))
        .await;
    house.old_image(APP, None, &[b"untagged"], None).await;
    let loose = house.old_blob(APP, b"loose").await;
    house.publish("acme/coral", "1.0.0", &["linux_amd64"]).await;
    let before = house.blobs.list(None, 100).await.unwrap();
    let report = house.maintenance.collect(NOW).await.unwrap();
    let freed = amount(1, 5);
    assert_eq!(
        report,
        GcReport {
            condemned: freed,
            freed,
            ..GcReport::default()
        }
    );
    assert!(!house.has(APP, &loose).await && !house.has_bytes(&loose).await);
    let after = house.blobs.list(None, 100).await.unwrap();
    assert_eq!(
        after.len(),
        before.len() - 1,
        "an untagged manifest is a root too"
    );
    assert_eq!(
        house.maintenance.collect(NOW).await.unwrap(),
        GcReport::default()
    );
}

/// An image with a layer that registries don't distribute.
fn with_foreign_layer(config: &Digest, layer: &Digest, layer_size: usize) -> String {
    let (image, foreign) = (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
    );
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{image}","config":{{"mediaType":"a/b","digest":"{config}","size":2}},"layers":[{{"mediaType":"{foreign}","digest":"{layer}","size":{layer_size}}}]}}"#
    )
}

async fn what_a_manifest_may_do_without_stays(house: House) {
    let config = house.old_blob(APP, b"{}").await;
    let layer = house.old_blob(APP, b"foreign layer").await;
    let named = house.old_blob(APP, b"named by an index").await;
    let away = Digest::sha256(b"not here");
    for (tag, body) in [
        ("image", with_foreign_layer(&config, &layer, 13)),
        ("sparse", with_foreign_layer(&config, &away, 8)),
        (
            "index",
            format!(
                r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"a/b","digest":"{named}","size":17}}]}}"#
            ),
        ),
    ] {
        house.push(APP, tag, body.into()).await.unwrap();
    }
    let dry = GcOptions {
        dry_run: true,
        ..NOW
    };
    for options in [dry, NOW, NOW] {
        let report = house.maintenance.collect(options).await.unwrap();
        let nothing = GcReport {
            dry_run: options.dry_run,
            ..GcReport::default()
        };
        assert_eq!(report, nothing);
    }
    for digest in [&config, &layer, &named] {
        assert!(house.has(APP, digest).await, "{digest}");
    }
}

async fn what_was_not_noted_before_is_noted_by_a_reindex(house: House) {
    let config = house.old_blob(APP, b"{}").await;
    let layer = house.old_blob(APP, b"foreign layer").await;
    let body = with_foreign_layer(&config, &layer, 13);
    house
        .old_image_without_children(APP, "v1", &body, std::slice::from_ref(&config))
        .await;
    let report = house.maintenance.reindex().await.unwrap();
    assert_eq!(report.edges_restored, 1);
    house.maintenance.collect(NOW).await.unwrap();
    assert!(house.has(APP, &layer).await);
}

async fn untagged_manifests_go_where_their_owner_wants_it(house: House) {
    let tagged = house.old_image(APP, Some("v1"), &[b"tagged"], None).await;
    let referrer = house
        .old_image(APP, None, &[b"signature"], Some(&tagged))
        .await;
    let child = house.old_image(APP, None, &[b"old child"], None).await;
    let index = house
        .old_index(APP, None, std::slice::from_ref(&child))
        .await;
    let of_index = house
        .old_image(APP, None, &[b"old signature"], Some(&index))
        .await;
    let young = GcOptions {
        untagged: Some(100 * 24 * 60 * 60),
        ..NOW
    };
    assert_eq!(
        house
            .maintenance
            .collect(young)
            .await
            .unwrap()
            .untagged_manifests,
        0
    );
    let report = house
        .maintenance
        .collect(GcOptions {
            untagged: Some(60),
            ..NOW
        })
        .await
        .unwrap();
    assert_eq!(
        (report.untagged_manifests, report.freed),
        (3, amount(2, 9 + 13))
    );
    for (digest, stays) in [
        (&tagged, true),
        (&referrer, true),
        (&child, false),
        (&index, false),
        (&of_index, false),
    ] {
        let found = house
            .registry
            .find_manifest(&name(APP), &Reference::Digest(digest.clone()))
            .await
            .unwrap();
        assert_eq!(found.is_some(), stays, "{digest}");
    }
}

async fn parts_of_versions_stay_whatever_is_cleaned_up(house: House) {
    house
        .publish("acme/coral", "1.0.0", &["linux_amd64", "darwin_arm64"])
        .await;
    let rows = house.rows("providers/self/acme/coral").await;
    let report = house
        .maintenance
        .collect(GcOptions {
            untagged: Some(0),
            ..NOW
        })
        .await
        .unwrap();
    assert_eq!(
        (report.untagged_manifests, report.freed),
        (0, Amount::default())
    );
    assert_eq!(house.rows("providers/self/acme/coral").await, rows);
}

async fn a_blob_is_hidden_first_and_goes_after_the_grace(house: House) {
    let loose = house.old_blob(APP, b"loose").await;
    let usual = GcOptions::default();
    assert_eq!(usual.grace_secs, GRACE_SECS);
    let report = house.maintenance.collect(usual).await.unwrap();
    assert_eq!(
        (report.condemned, report.freed),
        (amount(1, 5), Amount::default())
    );
    assert!(
        !house.has(APP, &loose).await,
        "nobody is told that it is here"
    );
    assert!(house.has_bytes(&loose).await);
    let again = house.maintenance.collect(usual).await.unwrap();
    assert_eq!(
        (again.condemned, again.freed),
        (Amount::default(), Amount::default())
    );
    let end = house.maintenance.collect(NOW).await.unwrap();
    assert_eq!(
        (end.condemned, end.freed),
        (Amount::default(), amount(1, 5))
    );
    assert!(!house.has_bytes(&loose).await);
}

async fn a_hidden_blob_that_is_pushed_again_stays(house: House) {
    let loose = house.old_blob(APP, b"loose").await;
    house
        .maintenance
        .collect(GcOptions::default())
        .await
        .unwrap();
    house
        .registry
        .push_blob(&Principal::Local, &name(APP), &loose, received(b"loose"))
        .await
        .unwrap();
    assert_eq!(
        house.maintenance.collect(NOW).await.unwrap(),
        GcReport::default()
    );
    assert!(house.has(APP, &loose).await);
}

async fn who_was_told_that_a_blob_is_here_has_time_to_name_it(house: House) {
    let seen = house.old_blob(APP, b"seen").await;
    let unseen = house.old_blob(APP, b"unseen").await;
    house.registry.find_blob(&name(APP), &seen).await.unwrap();
    let report = house.maintenance.collect(NOW).await.unwrap();
    assert_eq!(report.freed, amount(1, 6));
    assert!(house.has(APP, &seen).await && !house.has_bytes(&unseen).await);
    let pushed = Digest::sha256(b"just pushed");
    house
        .registry
        .push_blob(
            &Principal::Local,
            &name(APP),
            &pushed,
            received(b"just pushed"),
        )
        .await
        .unwrap();
    house
        .registry
        .mount(&Principal::Local, &name("acme/other"), &seen, &name(APP))
        .await
        .unwrap();
    house.maintenance.collect(NOW).await.unwrap();
    assert!(house.has(APP, &pushed).await && house.has("acme/other", &seen).await);
}

async fn a_dry_run_says_what_then_happens(house: House) {
    house
        .old_image(APP, Some("v1"), &[b"tagged", b"shared"], None)
        .await;
    let child = house
        .old_image(APP, None, &[b"the child", b"shared"], None)
        .await;
    let index = house.old_index(APP, None, &[child]).await;
    house
        .old_image(APP, None, &[b"about the index"], Some(&index))
        .await;
    // Linked elsewhere by a tag, so only this repository loses it.
    house
        .old_image("acme/other", Some("v1"), &[b"about the index"], None)
        .await;
    house.old_blob(APP, b"loose").await;
    house.old_blob("acme/other", b"hidden already").await;
    house
        .maintenance
        .collect(GcOptions::default())
        .await
        .unwrap();
    house.old_blob(APP, b"loose as well").await;
    let orphan = Digest::sha256(b"an orphan");
    drop(
        house
            .blobs
            .put(&orphan, Bytes::from_static(b"an orphan"))
            .await
            .unwrap(),
    );
    for options in [
        GcOptions::default(),
        GcOptions {
            untagged: Some(0),
            ..NOW
        },
    ] {
        let dry = GcOptions {
            dry_run: true,
            ..options
        };
        let forecast = house.maintenance.collect(dry).await.unwrap();
        assert_eq!(
            house.maintenance.collect(dry).await.unwrap(),
            forecast,
            "nothing was changed"
        );
        let real = house.maintenance.collect(options).await.unwrap();
        assert_eq!(
            GcReport {
                dry_run: false,
                ..forecast
            },
            real
        );
        assert_ne!(real, GcReport::default());
    }
    assert!(!house.has_bytes(&orphan).await);
}

async fn files_without_a_row_go_after_the_grace(house: House) {
    let orphan = Digest::sha256(b"orphan");
    let committed = house
        .blobs
        .put(&orphan, Bytes::from_static(b"orphan"))
        .await
        .unwrap();
    let waiting =
        tokio::time::timeout(Duration::from_millis(200), house.maintenance.collect(NOW)).await;
    assert!(
        waiting.is_err(),
        "whoever commits it has not written its row yet"
    );
    drop(committed);
    assert_eq!(
        house
            .maintenance
            .collect(GcOptions::default())
            .await
            .unwrap()
            .orphans,
        Amount::default()
    );
    assert_eq!(
        house.maintenance.collect(NOW).await.unwrap().orphans,
        amount(1, 6)
    );
    assert!(!house.has_bytes(&orphan).await);
}

async fn a_blob_that_is_being_fetched_stays(house: House) {
    let loose = house.old_blob(APP, b"loose").await;
    std::fs::remove_file(house.file(&loose)).unwrap();
    let FillRole::Leader(writer, _reader) = house
        .blobs
        .join_or_start_fill(&loose, Some(5))
        .await
        .unwrap()
    else {
        panic!("nobody else fetches it")
    };
    let report = house.maintenance.collect(NOW).await.unwrap();
    assert_eq!(
        (report.condemned, report.freed),
        (amount(1, 5), Amount::default())
    );
    writer.abort("the test is over".to_owned());
    assert_eq!(
        house.maintenance.collect(NOW).await.unwrap().freed,
        amount(1, 5)
    );
}

async fn pushes_of_the_same_blobs_go_on_meanwhile(house: House) {
    let contents: Vec<Vec<u8>> = (0..40).map(|n| format!("layer {n}").into_bytes()).collect();
    let mut digests = Vec::new();
    for content in &contents {
        digests.push(house.old_blob(APP, content).await);
    }
    let collecting = async {
        for _ in 0..10 {
            house.maintenance.collect(NOW).await.unwrap();
        }
    };
    let pushing = async {
        for (digest, content) in digests.iter().zip(&contents) {
            house
                .registry
                .push_blob(&Principal::Local, &name(APP), digest, received(content))
                .await
                .unwrap();
        }
    };
    tokio::join!(collecting, pushing);
    for digest in &digests {
        assert!(house.has(APP, digest).await, "{digest} was acknowledged");
        house.blobs.verify(digest).await.unwrap();
    }
}
