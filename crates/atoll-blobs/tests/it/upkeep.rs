//! What the collector, fsck and the scrubber do.

use atoll_blobs::{BlobError, Listed};
use atoll_core::digest::{Algorithm, Digest};

use crate::support::{Fixture, content, is_absent, noise, put};

pub(crate) async fn a_deleted_blob_is_gone(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(100));
    let digest = put(&blobs, &bytes).await;
    let guard = blobs.locks().lock(&digest).await;
    assert!(blobs.delete(&guard).await.unwrap());
    assert!(!blobs.delete(&guard).await.unwrap());
    drop(guard);
    assert!(is_absent(&blobs, &digest).await);
    put(&blobs, &bytes).await;
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
}

pub(crate) async fn verification_finds_damage(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(9_000_000));
    let digest = put(&blobs, &bytes).await;
    assert_eq!(blobs.verify(&digest).await.unwrap(), 9_000_000);
    // A cached handle of the good file doesn't hide it.
    blobs.open(&digest).await.unwrap();
    let mut flipped = bytes.to_vec();
    flipped[8_999_999] ^= 1;
    for damaged in [flipped, bytes[..8_999_999].to_vec(), Vec::new()] {
        fixture.damage(&digest, &damaged);
        let error = blobs.verify(&digest).await.unwrap_err();
        let BlobError::DigestMismatch { expected, actual } = error else {
            panic!("{error}")
        };
        assert_eq!(
            (expected, actual),
            (digest.clone(), Digest::sha256(&damaged))
        );
    }
}

pub(crate) async fn what_is_on_disk_is_seen_past_open_files(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1000));
    let digest = put(&blobs, &bytes).await;
    blobs.open(&digest).await.unwrap();
    let seen = blobs.look_at(&digest).await.unwrap().unwrap();
    assert_eq!(seen.size, 1000);
    assert!(seen.modified <= std::time::SystemTime::now());
    fixture.damage(&digest, b"rotten");
    assert_eq!(blobs.look_at(&digest).await.unwrap().unwrap().size, 6);
    let unknown = Digest::sha256(b"unknown");
    assert_eq!(blobs.look_at(&unknown).await.unwrap(), None);
}

pub(crate) async fn a_quarantined_blob_is_out_of_the_way(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1000));
    let digest = put(&blobs, &bytes).await;
    fixture.damage(&digest, b"rotten");
    let kept = blobs
        .quarantine(&blobs.locks().lock(&digest).await)
        .await
        .unwrap();
    assert_eq!(std::fs::read(kept).unwrap(), b"rotten");
    assert!(is_absent(&blobs, &digest).await);
    assert!(blobs.list(None, 10).await.unwrap().is_empty());
    put(&blobs, &bytes).await;
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
}

pub(crate) async fn lists_are_paged_in_order(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    let mut expected = Vec::new();
    for n in 0..60 {
        let bytes = noise(n);
        let algorithm = if n % 3 == 0 {
            Algorithm::Sha512
        } else {
            Algorithm::Sha256
        };
        let digest = Digest::of(algorithm, &bytes);
        blobs.put(&digest, bytes).await.unwrap();
        expected.push(Listed {
            digest,
            size: n as u64,
        });
    }
    expected.sort_by(|one, other| {
        (one.digest.algorithm(), one.digest.hex())
            .cmp(&(other.digest.algorithm(), other.digest.hex()))
    });
    for limit in [1, 7, 60, 1000] {
        let (mut listed, mut after) = (Vec::<Listed>::new(), None);
        loop {
            let page = blobs.list(after.as_ref(), limit).await.unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            after = Some(last.digest.clone());
            listed.extend(page);
        }
        assert_eq!(listed, expected);
    }
    // A cursor need not be there any more.
    let absent = Digest::of(Algorithm::Sha512, b"absent");
    let rest = expected.iter().filter(|listed| {
        listed.digest.algorithm() == Algorithm::Sha512 && listed.digest.hex() > absent.hex()
    });
    assert_eq!(
        blobs.list(Some(&absent), 1000).await.unwrap(),
        rest.cloned().collect::<Vec<_>>()
    );
    assert!(blobs.list(None, 0).await.unwrap().is_empty());
}

pub(crate) async fn there_is_some_room(fixture: &impl Fixture) {
    let space = fixture.open().await.free_space().await.unwrap();
    assert!(
        0 < space.free_bytes && space.free_bytes <= space.total_bytes,
        "{space:?}"
    );
}

pub(crate) async fn opening_again_changes_nothing(fixture: &impl Fixture) {
    let bytes = noise(300_000);
    let digest = put(&fixture.open().await, &bytes).await;
    for _ in 0..2 {
        let blobs = fixture.open().await;
        assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    }
}
