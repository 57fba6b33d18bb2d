//! Transactions: all or nothing, named, run again where that helps.

use std::sync::atomic::{AtomicU32, Ordering};

use atoll_core::permission::Visibility;
use atoll_db::{DatabaseUrl, Db, DbError, DbErrorKind, manifests, repositories, secrets, tags};

use crate::harness::{NOW, Parts, TestDb, digest, insert_manifest, name, put_blob, tag};

db_tests!(
    what_is_not_committed_never_was,
    a_committed_row_is_read_at_once,
    a_database_opens_again_with_what_it_had,
    a_failed_transaction_does_not_commit,
    an_error_names_query_and_transaction,
    a_transaction_runs_again_when_somebody_else_was_first,
    a_transaction_does_not_run_again_for_a_mistake,
    a_use_case_error_passes_through,
    a_commit_ends_even_if_nobody_waits,
    a_transaction_reads_its_own_rows,
    a_dangling_row_is_refused,
    work_may_borrow_and_run_on_a_task,
);

async fn what_is_not_committed_never_was(test: TestDb) {
    let mut tx = test.begin().await;
    repositories::get_or_create(&mut tx, &name("acme/app"), Visibility::Public, NOW)
        .await
        .unwrap();
    drop(tx);
    assert!(
        test.db
            .find_repository(&name("acme/app"))
            .await
            .unwrap()
            .is_none()
    );
    // The one writer is free again.
    test.repository("acme/app").await;
}

async fn a_committed_row_is_read_at_once(test: TestDb) {
    for round in 0..20 {
        let text = format!("acme/app{round}");
        test.repository(&text).await;
        let mut read = test.db.read().await.unwrap();
        assert!(
            repositories::find(&mut read, &name(&text))
                .await
                .unwrap()
                .is_some()
        );
    }
}

async fn a_database_opens_again_with_what_it_had(test: TestDb) {
    test.repository("acme/app").await;
    test.db.close().await;
    let again = Db::open(&test.url).await.unwrap();
    assert!(
        again
            .find_repository(&name("acme/app"))
            .await
            .unwrap()
            .is_some()
    );
}

async fn a_failed_transaction_does_not_commit(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut tx = test.begin().await;
    secrets::insert_if_absent(&mut tx, "first", b"x", NOW)
        .await
        .unwrap();
    // No such manifest: the foreign key refuses it, at once or at commit.
    let _ = tags::point(&mut tx, repository, &tag("v1"), &digest("none"), NOW).await;
    tx.commit().await.unwrap_err();
    let mut read = test.db.read().await.unwrap();
    assert_eq!(secrets::find(&mut read, "first").await.unwrap(), None);
}

async fn an_error_names_query_and_transaction(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut tx = test.db.begin("manifest.push").await.unwrap();
    let error = tags::point(&mut tx, repository, &tag("v1"), &digest("none"), NOW)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "database failed in tags.point of transaction manifest.push"
    );
}

async fn a_dangling_row_is_refused(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let mut tx = test.begin().await;
    let error = tags::point(&mut tx, repository, &tag("v1"), &digest("none"), NOW)
        .await
        .unwrap_err();
    assert_eq!(error.reason(), DbErrorKind::Dangling);
}

async fn a_transaction_runs_again_when_somebody_else_was_first(test: TestDb) {
    test.repository("acme/app").await;
    let runs = AtomicU32::new(0);
    let increment = async || {
        test.db
            .transact("test.race", |tx| {
                Box::pin(async {
                    runs.fetch_add(1, Ordering::Relaxed);
                    let row = repositories::find(tx, &name("acme/app")).await?.unwrap();
                    repositories::set_immutable_tags(tx, &row.name, !row.immutable_tags).await?;
                    Ok::<_, DbError>(())
                })
            })
            .await
    };
    let (first, second) = tokio::join!(increment(), increment());
    first.unwrap();
    second.unwrap();
    // Neither change was lost: it is as it was.
    let row = test
        .db
        .find_repository(&name("acme/app"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.immutable_tags, row.generation), (false, 2));
    assert!(runs.load(Ordering::Relaxed) >= 2);
}

#[derive(Debug, thiserror::Error)]
enum UseCaseError {
    #[error("refused")]
    Refused,
    #[error("failed to store it")]
    Store(#[from] DbError),
}

async fn a_transaction_does_not_run_again_for_a_mistake(test: TestDb) {
    let runs = AtomicU32::new(0);
    let outcome: Result<(), UseCaseError> = test
        .db
        .transact("test.refuse", |_| {
            Box::pin(async {
                runs.fetch_add(1, Ordering::Relaxed);
                Err(UseCaseError::Refused)
            })
        })
        .await;
    assert!(matches!(outcome, Err(UseCaseError::Refused)));
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

async fn a_use_case_error_passes_through(test: TestDb) {
    let repository = test.repository("acme/app").await;
    let outcome: Result<(), UseCaseError> = test
        .db
        .transact("test.dangle", |tx| {
            Box::pin(async {
                tags::point(tx, repository, &tag("v1"), &digest("none"), NOW).await?;
                Ok(())
            })
        })
        .await;
    let Err(UseCaseError::Store(error)) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.reason(), DbErrorKind::Dangling);
}

async fn a_commit_ends_even_if_nobody_waits(test: TestDb) {
    let id = test.repository("acme/app").await;
    let before = test.db.generation(id).await.unwrap();
    let mut tx = test.begin().await;
    repositories::set_visibility(&mut tx, &name("acme/app"), Visibility::Public)
        .await
        .unwrap();
    {
        let mut commit = Box::pin(tx.commit());
        // Polled once and dropped, as when a client hangs up.
        tokio::select! {
            biased;
            _ = &mut commit => {}
            () = std::future::ready(()) => {}
        }
    }
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
    while test.db.generation(id).await.unwrap() == before {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the commit was lost"
        );
        tokio::task::yield_now().await;
    }
    let row = test
        .db
        .find_repository(&name("acme/app"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.visibility, Visibility::Public);
}

async fn a_transaction_reads_its_own_rows(test: TestDb) {
    let mut tx = test.begin().await;
    let row = repositories::get_or_create(&mut tx, &name("acme/app"), Visibility::Private, NOW)
        .await
        .unwrap();
    let blob = put_blob(&mut tx, row.id, "layer").await.unwrap();
    let _ = insert_manifest(&mut tx, "m", Parts::blobs(&[blob]))
        .await
        .unwrap();
    assert!(
        manifests::link(&mut tx, row.id, &digest("m"), NOW)
            .await
            .unwrap()
    );
    assert!(
        manifests::find(&mut tx, row.id, &digest("m"))
            .await
            .unwrap()
            .is_some()
    );
    let mut read = test.db.read().await.unwrap();
    assert!(
        manifests::find(&mut read, row.id, &digest("m"))
            .await
            .unwrap()
            .is_none()
    );
}

async fn work_may_borrow_and_run_on_a_task(test: TestDb) {
    let texts = ["acme/a".to_owned(), "acme/b".to_owned()];
    let db = test.db.clone();
    let task = tokio::spawn(async move {
        let names: Vec<_> = texts.iter().map(|text| name(text)).collect();
        db.transact("test.spawned", |tx| {
            Box::pin(async {
                let mut ids = Vec::new();
                for name in &names {
                    ids.push(
                        repositories::get_or_create(tx, name, Visibility::Private, NOW)
                            .await?
                            .id,
                    );
                }
                Ok::<_, DbError>(ids)
            })
        })
        .await
    });
    assert_eq!(task.await.unwrap().unwrap().len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("atoll.db");
    std::fs::write(
        &path,
        "this is a text, and long enough to be taken for a page of a database",
    )
    .unwrap();
    let error = Db::open(&DatabaseUrl::sqlite(&path))
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.reason(), DbErrorKind::Damaged, "{error:?}");
}

#[tokio::test]
async fn a_directory_that_is_not_there_is_unavailable() {
    let url = DatabaseUrl::sqlite(std::path::Path::new("/nonexistent/atoll.db"));
    let error = Db::open(&url).await.map(|_| ()).unwrap_err();
    assert_eq!(error.reason(), DbErrorKind::Unavailable);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let url: DatabaseUrl = "postgres://atoll@127.0.0.1:1/atoll".parse().unwrap();
    let error = Db::open(&url).await.map(|_| ()).unwrap_err();
    assert_eq!(error.reason(), DbErrorKind::Unavailable);
}

#[tokio::test]
async fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = TestDb::sqlite().await;
    test.repository("acme/app").await;
    let path = test.url.to_string().replace("sqlite:", "");
    for suffix in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{path}{suffix}"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{suffix}");
    }
}
