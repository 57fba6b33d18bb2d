//! Uploads that take more than one request, or come to no end.

use std::time::Duration;

use atoll_blobs::{BlobError, UploadId};
use atoll_core::digest::{Algorithm, Digest};
use atoll_core::kind::ErrorKind;
use bytes::Bytes;
use futures_util::future::{join, join3, poll_immediate};
use tokio::time::timeout;

use crate::support::{Fixture, content, is_absent, noise, stage, until};

pub(crate) async fn a_paused_upload_goes_on(fixture: &impl Fixture) {
    let (blobs, bytes, id) = (fixture.open().await, noise(1_000_000), UploadId::new());
    drop(blobs.create_upload(id, Algorithm::Sha256).unwrap());
    for (n, piece) in bytes.chunks(123_456).enumerate() {
        let mut upload = blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(upload.len(), n as u64 * 123_456);
        upload.append(Bytes::copy_from_slice(piece)).await.unwrap();
        upload.pause().await.unwrap();
    }
    let digest = Digest::sha256(&bytes);
    blobs
        .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
        .await
        .unwrap()
        .finish(&digest)
        .await
        .unwrap();
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
}

pub(crate) async fn a_dropped_upload_keeps_what_reached_the_disk(fixture: &impl Fixture) {
    let (blobs, bytes, id) = (fixture.open().await, noise(3_000_000), UploadId::new());
    let mut upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
    for piece in bytes.chunks(50_000).take(50) {
        upload.append(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    drop(upload);
    let mut upload = blobs
        .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
        .await
        .unwrap();
    let kept = usize::try_from(upload.len()).unwrap();
    assert!(
        (1_500_000..=2_500_000).contains(&kept),
        "all but the last batch: {kept}"
    );
    upload.append(bytes.slice(kept..)).await.unwrap();
    upload.finish(&Digest::sha256(&bytes)).await.unwrap();
}

pub(crate) async fn an_upload_survives_a_restart(fixture: &impl Fixture) {
    for (algorithm, len) in [(Algorithm::Sha256, 700_000), (Algorithm::Sha512, 10)] {
        let (bytes, id) = (noise(2 * len), UploadId::new());
        stage(&fixture.open().await, id, &bytes.slice(..len)).await;
        let blobs = fixture.open().await;
        let mut upload = blobs
            .resume_upload(id, algorithm, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(upload.len(), len as u64);
        upload.append(bytes.slice(len..)).await.unwrap();
        let digest = Digest::of(algorithm, &bytes);
        upload.finish(&digest).await.unwrap();
        assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    }
    assert_eq!(fixture.staged(), 0);
}

pub(crate) async fn an_upload_that_was_cut_goes_on_from_there(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(900_000));
    for cut in [0, 1, 300_000, 900_000] {
        let mut upload = blobs
            .create_upload(UploadId::new(), Algorithm::Sha256)
            .unwrap();
        upload.append(bytes.clone()).await.unwrap();
        upload.truncate(cut).await.unwrap();
        assert_eq!(upload.len(), cut);
        let error = upload.truncate(cut + 1).await.unwrap_err();
        assert!(matches!(error, BlobError::UploadTooShort { .. }), "{error}");
        let rest = noise(50_000);
        let whole = [&bytes[..usize::try_from(cut).unwrap()], &rest].concat();
        upload.append(rest).await.unwrap();
        upload.finish(&Digest::sha256(&whole)).await.unwrap();
    }
}

pub(crate) async fn an_upload_has_one_writer(fixture: &impl Fixture) {
    let (blobs, id) = (fixture.open().await, UploadId::new());
    let upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
    let busy = [
        blobs.create_upload(id, Algorithm::Sha256).err(),
        blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .err(),
        blobs.cancel_upload(id).await.err(),
    ];
    for error in busy.map(|error| error.expect("the upload is in use")) {
        assert!(
            matches!(error, BlobError::UploadBusy { id: named } if named == id),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    drop(upload);
    assert!(
        blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn an_upload_in_use_is_waited_for(fixture: &impl Fixture) {
    let (blobs, id) = (fixture.open().await, UploadId::new());
    let resume = |patience| blobs.resume_upload(id, Algorithm::Sha256, patience);
    let mut upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
    let short = resume(Duration::from_millis(10)).await.err().unwrap();
    assert!(matches!(short, BlobError::UploadBusy { .. }), "{short}");
    // Both wait when it is given back: who is quicker has it, and the other one is told again.
    let in_turn = async || {
        let mut upload = resume(Duration::from_mins(1)).await.unwrap();
        upload.append(noise(10)).await.unwrap();
        upload.pause().await.unwrap()
    };
    let first = async {
        upload.append(noise(10)).await.unwrap();
        upload.pause().await.unwrap()
    };
    let lengths = join3(in_turn(), in_turn(), first);
    let (one, other, first) = timeout(Duration::from_secs(30), lengths).await.unwrap();
    assert_eq!((first, one + other), (10, 20 + 30));
    // One that ends with nothing left to park is given back as well.
    let upload = resume(Duration::ZERO).await.unwrap();
    let (length, cancelled) = join(resume(Duration::from_mins(1)), upload.cancel()).await;
    cancelled.unwrap();
    assert!(length.unwrap().is_empty());
}

pub(crate) async fn a_cancelled_upload_leaves_nothing(fixture: &impl Fixture) {
    let (blobs, id) = (fixture.open().await, UploadId::new());
    stage(&blobs, id, &noise(600_000)).await;
    assert_eq!(fixture.staged(), 1);
    blobs.cancel_upload(id).await.unwrap();
    assert_eq!(fixture.staged(), 0);
    // Twice, after a restart, or before any bytes came.
    blobs.cancel_upload(id).await.unwrap();
    stage(&blobs, id, &noise(100)).await;
    fixture.open().await.cancel_upload(id).await.unwrap();
    assert_eq!(fixture.staged(), 0);
    blobs
        .create_upload(UploadId::new(), Algorithm::Sha256)
        .unwrap()
        .cancel()
        .await
        .unwrap();
}

pub(crate) async fn a_dropped_finish_still_commits_or_can_be_taken_up(fixture: &impl Fixture) {
    let (blobs, bytes, id) = (fixture.open().await, noise(1_500_000), UploadId::new());
    let digest = Digest::sha256(&bytes);
    let mut upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
    upload.append(bytes.clone()).await.unwrap();
    let held = blobs.locks().lock(&digest).await;
    // It waits for the lock when it is dropped, so the upload is parked.
    assert!(
        poll_immediate(Box::pin(upload.finish(&digest)))
            .await
            .is_none()
    );
    drop(held);
    let upload = blobs
        .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(upload.len(), bytes.len() as u64);
    let task = tokio::spawn({
        let digest = digest.clone();
        async move { upload.finish(&digest).await.map(drop) }
    });
    until("the commit has begun", || {
        !blobs.locks().is_empty() || task.is_finished()
    })
    .await;
    // Once it has the lock the commit goes on by itself.
    task.abort();
    until("the commit has ended", || blobs.locks().is_empty()).await;
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    assert_eq!(fixture.staged(), 0);
}

pub(crate) async fn leftovers_of_a_crash_are_invisible_and_reaped(fixture: &impl Fixture) {
    let (bytes, id) = (noise(1000), UploadId::new());
    drop(fixture.open().await);
    fixture.leave_staged(&id.to_string(), &bytes);
    fixture.leave_staged("something else", &bytes);
    let blobs = fixture.open().await;
    assert!(is_absent(&blobs, &Digest::sha256(&bytes)).await);
    assert!(blobs.list(None, 10).await.unwrap().is_empty());
    assert!(
        blobs
            .reap_uploads(Duration::from_hours(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let count = async |idle| blobs.count_idle_uploads(idle).await.unwrap();
    assert_eq!(
        (
            count(Duration::from_hours(1)).await,
            count(Duration::ZERO).await
        ),
        (0, 2)
    );
    assert_eq!(fixture.staged(), 2);
    assert!(
        blobs
            .reap_uploads(Duration::ZERO, 0)
            .await
            .unwrap()
            .is_empty()
    );
    let first = blobs.reap_uploads(Duration::ZERO, 1).await.unwrap();
    assert_eq!(fixture.staged(), 1, "no more than the limit");
    let second = blobs.reap_uploads(Duration::ZERO, 1).await.unwrap();
    assert_eq!([first, second].concat(), [id]);
    assert_eq!(fixture.staged(), 0);
}

pub(crate) async fn uploads_in_use_are_not_reaped(fixture: &impl Fixture) {
    let (blobs, bytes, id) = (fixture.open().await, noise(600_000), UploadId::new());
    stage(&blobs, id, &bytes).await;
    let upload = blobs
        .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
        .await
        .unwrap();
    assert!(
        blobs
            .reap_uploads(Duration::ZERO, 10)
            .await
            .unwrap()
            .is_empty()
    );
    drop(upload);
    assert_eq!(blobs.reap_uploads(Duration::ZERO, 10).await.unwrap(), [id]);
    assert!(
        blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn more_idle_uploads_than_are_remembered_all_go_on(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(20));
    let ids: Vec<_> = (0..300).map(|_| UploadId::new()).collect();
    for id in &ids {
        stage(&blobs, *id, &bytes.slice(..10)).await;
    }
    for id in &ids {
        let mut upload = blobs
            .resume_upload(*id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap();
        assert_eq!(upload.len(), 10);
        upload.append(bytes.slice(10..)).await.unwrap();
        upload.finish(&Digest::sha256(&bytes)).await.unwrap();
    }
    assert_eq!(fixture.staged(), 0);
}
