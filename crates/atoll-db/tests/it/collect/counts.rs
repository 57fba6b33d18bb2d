//! How much there is, and how much would go.

use atoll_db::collect::{self, Totals};

use super::{LATER, unreferenced};
use crate::harness::{Parts, TestDb};

db_tests!(everything_is_counted, a_forecast_is_what_then_happens,);

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

async fn a_forecast_is_what_then_happens(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut blobs = Vec::new();
    for text in ["kept", "of index", "of the untagged", "loose"] {
        blobs.push(test.blob(repository, text).await);
    }
    let blob = |index: usize| std::slice::from_ref(&blobs[index]);
    let parts = |index| Parts::blobs(blob(index));
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
