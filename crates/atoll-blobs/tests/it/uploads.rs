//! Bytes on their way in.

use std::time::Duration;

use atoll_blobs::{BlobError, UploadId};
use atoll_core::digest::{Algorithm, Digest};
use atoll_core::kind::ErrorKind;
use bytes::Bytes;
use futures_util::future::{join_all, poll_immediate};

use crate::support::{Fixture, content, is_absent, noise, put, stage, until};

pub(crate) async fn what_was_put_comes_back(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [1, 100, 64 * 1024, 64 * 1024 + 1, 256 * 1024, 3_000_001] {
        let bytes = noise(len);
        let digest = put(&blobs, &bytes).await;
        let blob = blobs.open(&digest).await.unwrap();
        assert_eq!((blob.size(), blob.digest()), (len as u64, &digest));
        assert_eq!(content(&blob).await, bytes);
        assert_eq!(blobs.find_size(&digest).await.unwrap(), Some(len as u64));
    }
    assert_eq!(fixture.staged(), 0);
}

pub(crate) async fn pieces_of_any_size_make_one_blob(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    let mut upload = blobs
        .create_upload(UploadId::new(), Algorithm::Sha256)
        .unwrap();
    let mut expected = Vec::new();
    for len in [
        0, 1, 8191, 8192, 5, 700_000, 16_384, 0, 511_999, 1_500_000, 3,
    ] {
        let piece = noise(len);
        expected.extend_from_slice(&piece);
        upload.append(piece).await.unwrap();
        assert_eq!(upload.len(), expected.len() as u64);
    }
    let digest = Digest::sha256(&expected);
    assert_eq!(
        upload.finish(&digest).await.unwrap().size,
        expected.len() as u64
    );
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, expected);
}

pub(crate) async fn sha512_has_its_own_tree(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(100_000));
    let digest = Digest::of(Algorithm::Sha512, &bytes);
    blobs.put(&digest, bytes.clone()).await.unwrap();
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    assert!(is_absent(&blobs, &Digest::sha256(&bytes)).await);
}

pub(crate) async fn another_algorithm_than_the_hint_is_fine(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [0, 10, 2_000_000] {
        let (bytes, id) = (noise(len), UploadId::new());
        stage(&blobs, id, &bytes).await;
        let upload = blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap();
        let digest = Digest::of(Algorithm::Sha512, &bytes);
        upload.finish(&digest).await.unwrap();
        assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    }
}

pub(crate) async fn a_wrong_digest_keeps_nothing(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [10, 2_000_000] {
        let (bytes, id, wrong) = (
            noise(len),
            UploadId::new(),
            Digest::sha256(b"something else"),
        );
        stage(&blobs, id, &bytes).await;
        let upload = blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap();
        let error = upload.finish(&wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let BlobError::DigestMismatch { expected, actual } = error else {
            panic!("{error}")
        };
        assert_eq!((&expected, &actual), (&wrong, &Digest::sha256(&bytes)));
        assert!(is_absent(&blobs, &wrong).await && is_absent(&blobs, &actual).await);
        assert_eq!(fixture.staged(), 0);
        assert!(
            blobs
                .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

pub(crate) async fn an_empty_blob_is_a_blob(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    let digest = put(&blobs, &Bytes::new()).await;
    let blob = blobs.open(&digest).await.unwrap();
    assert_eq!((blob.size(), content(&blob).await), (0, Vec::new()));
    assert_eq!(blob.read_all(0).await.unwrap(), Bytes::new());
}

pub(crate) async fn the_same_bytes_are_stored_once(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [10, 800_000] {
        let bytes = noise(len);
        let digest = put(&blobs, &bytes).await;
        put(&blobs, &bytes).await;
        put(&fixture.open().await, &bytes).await;
        assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    }
    assert_eq!(
        (blobs.list(None, 10).await.unwrap().len(), fixture.staged()),
        (2, 0)
    );
}

pub(crate) async fn a_damaged_blob_is_replaced(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(200_000));
    let digest = put(&blobs, &bytes).await;
    assert_eq!(blobs.open(&digest).await.unwrap().size(), 200_000);
    fixture.damage(&digest, b"short");
    put(&blobs, &bytes).await;
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    assert_eq!(blobs.verify(&digest).await.unwrap(), 200_000);
}

pub(crate) async fn decayed_bytes_are_replaced_whatever_their_length(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [10, 800_000] {
        let bytes = noise(len);
        let digest = put(&blobs, &bytes).await;
        let mut decayed = bytes.to_vec();
        *decayed.last_mut().unwrap() ^= 1;
        fixture.damage(&digest, &decayed);
        let open = fixture.open().await;
        assert_eq!(content(&open.open(&digest).await.unwrap()).await, decayed);
        let before = open.open(&digest).await.unwrap();
        put(&open, &bytes).await;
        // Who reads keeps what they opened; who comes later gets the good bytes, also from the cache of open files.
        assert_eq!(content(&before).await, decayed);
        assert_eq!(content(&open.open(&digest).await.unwrap()).await, bytes);
        assert_eq!(blobs.verify(&digest).await.unwrap(), len as u64);
        assert_eq!(fixture.staged(), 0);
    }
}

pub(crate) async fn one_digest_is_committed_by_many_at_once(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(700_000));
    let digest = Digest::sha256(&bytes);
    let all = (0..16).map(|_| {
        let (blobs, bytes, digest) = (blobs.clone(), bytes.clone(), digest.clone());
        tokio::spawn(async move { blobs.put(&digest, bytes).await.unwrap().size })
    });
    for size in join_all(all).await {
        assert_eq!(size.unwrap(), 700_000);
    }
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    assert_eq!(fixture.staged(), 0);
    assert!(blobs.locks().is_empty());
}

pub(crate) async fn a_commit_waits_for_the_lock_and_returns_it(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(10));
    let digest = Digest::sha256(&bytes);
    let committed = blobs.put(&digest, bytes.clone()).await.unwrap();
    assert_eq!(committed.guard.digest(), &digest);
    // The collector can't come in between.
    assert!(
        poll_immediate(Box::pin(blobs.locks().lock(&digest)))
            .await
            .is_none()
    );
    assert!(
        poll_immediate(Box::pin(blobs.put(&digest, bytes)))
            .await
            .is_none()
    );
    drop(committed);
    assert!(
        blobs
            .delete(&blobs.locks().lock(&digest).await)
            .await
            .unwrap()
    );
    assert!(is_absent(&blobs, &digest).await);
}

pub(crate) async fn what_is_staged_for_oneself_goes_when_it_is_dropped(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1_000_000));
    let digest = Digest::sha256(&bytes);
    let mut staged = blobs.stage(Algorithm::Sha256).unwrap();
    staged.append(bytes.clone()).await.unwrap();
    let id = staged.id();
    until("there is something staged", || fixture.staged() == 1).await;
    drop(staged);
    until("the staged file is gone", || fixture.staged() == 0).await;
    assert!(
        blobs
            .resume_upload(id, Algorithm::Sha256, Duration::ZERO)
            .await
            .unwrap()
            .is_empty()
    );
    let mut staged = blobs.stage(Algorithm::Sha256).unwrap();
    staged.append(bytes.clone()).await.unwrap();
    staged.finish(&digest).await.unwrap();
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    // A put that waits for the lock, and is given up.
    let held = blobs.locks().lock(&digest).await;
    let put = tokio::spawn({
        let (blobs, digest) = (blobs.clone(), digest.clone());
        async move { blobs.put(&digest, bytes).await.map(drop) }
    });
    until("there is something staged", || fixture.staged() == 1).await;
    put.abort();
    until("the staged file is gone", || fixture.staged() == 0).await;
    drop(held);
}
