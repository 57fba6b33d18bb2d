//! Referrers.

use atoll_db::{manifests, referrers};

use crate::harness::{Parts, TestDb, digest};

db_tests!(
    referrers_say_what_they_are,
    referrers_are_filtered_and_paged
);

async fn referrers_say_what_they_are(test: TestDb) {
    let [one, two] = test.repositories(["acme/one", "acme/two"]).await;
    // The subject need not be here.
    let subject = digest("subject");
    let parts = Parts {
        subject: Some(&subject),
        artifact_type: Some("application/sbom"),
        ..Parts::default()
    };
    let sbom = test.manifest(one, "sbom", parts).await;
    let mut tx = test.begin().await;
    let found = referrers::list(&mut tx, one, &subject, None, None, 9)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].digest, found[0].size), (&sbom, 4));
    assert_eq!(found[0].artifact_type.as_deref(), Some("application/sbom"));
    assert_eq!(found[0].annotations["title"], "sbom");
    assert!(
        referrers::list(&mut tx, two, &subject, None, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    manifests::unlink(&mut tx, one, &sbom).await.unwrap();
    assert!(
        referrers::list(&mut tx, one, &subject, None, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn referrers_are_filtered_and_paged(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let subject = digest("subject");
    let mut expected = Vec::new();
    for (text, artifact_type) in [
        ("a", Some("x")),
        ("b", Some("y")),
        ("c", Some("x")),
        ("d", None),
    ] {
        let parts = Parts {
            subject: Some(&subject),
            artifact_type,
            ..Parts::default()
        };
        expected.push((test.manifest(repository, text, parts).await, artifact_type));
    }
    expected.sort();
    let mut read = test.db.read().await.unwrap();
    let mut all = Vec::new();
    while let Some(next) = referrers::list(&mut read, repository, &subject, None, all.last(), 1)
        .await
        .unwrap()
        .into_iter()
        .next()
    {
        all.push(next.digest);
    }
    assert_eq!(
        all,
        expected
            .iter()
            .map(|(digest, _)| digest.clone())
            .collect::<Vec<_>>()
    );
    let x = referrers::list(&mut read, repository, &subject, Some("x"), None, 9)
        .await
        .unwrap();
    let x: Vec<_> = x.into_iter().map(|referrer| referrer.digest).collect();
    let expected_x: Vec<_> = expected
        .iter()
        .filter(|(_, of)| *of == Some("x"))
        .map(|(digest, _)| digest.clone())
        .collect();
    assert_eq!(x, expected_x);
    assert!(
        referrers::list(&mut read, repository, &subject, Some("z"), None, 9)
            .await
            .unwrap()
            .is_empty()
    );
}
