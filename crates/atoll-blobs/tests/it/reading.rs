//! Bytes on their way out.

use atoll_blobs::BlobError;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::support::{Fixture, collect, content, is_absent, noise, put};

/// How many ranges are tried.
const RANGES: usize = 200;

pub(crate) async fn any_range_is_what_it_says(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1_234_567));
    let blob = blobs.open(&put(&blobs, &bytes).await).await.unwrap();
    let (mut runner, any) = (
        TestRunner::deterministic(),
        (0..=bytes.len(), 0..=bytes.len()),
    );
    for n in 0..RANGES {
        let (one, other) = any.new_tree(&mut runner).unwrap().current();
        if n % 20 == 0 {
            fixture.cool(blob.digest());
        }
        let (start, end) = (one.min(other), one.max(other));
        let read = collect(blob.stream(start as u64..end as u64))
            .await
            .unwrap();
        assert_eq!(read, bytes[start..end], "{start}..{end}");
    }
    let size = bytes.len() as u64;
    let backwards = std::ops::Range { start: 9, end: 5 };
    for empty in [0..0, 5..5, size..size, backwards] {
        assert!(collect(blob.stream(empty)).await.unwrap().is_empty());
    }
}

pub(crate) async fn a_cold_file_reads_the_same(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(5_000_000));
    let digest = put(&blobs, &bytes).await;
    fixture.cool(&digest);
    let blob = blobs.open(&digest).await.unwrap();
    assert_eq!(content(&blob).await, bytes);
    // Half of it in memory.
    fixture.cool(&digest);
    collect(blob.stream(1_000_000..3_000_000)).await.unwrap();
    assert_eq!(content(&blob).await, bytes);
    let small = put(&blobs, &noise(5000)).await;
    fixture.cool(&small);
    assert_eq!(
        blobs
            .open(&small)
            .await
            .unwrap()
            .read_all(5000)
            .await
            .unwrap(),
        noise(5000)
    );
}

pub(crate) async fn an_unknown_blob_is_not_found(fixture: &impl Fixture) {
    let (blobs, digest) = (fixture.open().await, Digest::sha256(b"nobody pushed this"));
    assert!(is_absent(&blobs, &digest).await);
    assert_eq!(
        blobs.open(&digest).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    assert_eq!(blobs.find_size(&digest).await.unwrap(), None);
    assert!(matches!(
        blobs.verify(&digest).await,
        Err(BlobError::NotFound { .. })
    ));
    let guard = blobs.locks().lock(&digest).await;
    assert!(!blobs.delete(&guard).await.unwrap());
    assert!(matches!(
        blobs.quarantine(&guard).await,
        Err(BlobError::NotFound { .. })
    ));
}

pub(crate) async fn a_truncated_file_is_an_error(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(600_000));
    let digest = put(&blobs, &bytes).await;
    fixture.cut(&digest, 500_000);
    let blob = blobs.open(&digest).await.unwrap();
    let error = collect(blob.stream(0..600_000)).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    assert!(error.to_string().contains(digest.as_str()));
    assert!(collect(blob.stream(599_999..600_000)).await.is_err());
    assert_eq!(
        collect(blob.stream(0..500_000)).await.unwrap(),
        bytes[..500_000]
    );
    let error = blob.expect_size(600_000).unwrap_err();
    assert!(
        matches!(
            error,
            BlobError::SizeMismatch {
                expected: 600_000,
                actual: 500_000,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Internal);
}

pub(crate) async fn a_file_that_is_cut_while_it_is_read_is_an_error(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(600_000));
    let digest = put(&blobs, &bytes).await;
    let blob = blobs.open(&digest).await.unwrap();
    let mut stream = blob.stream(0..600_000);
    let first = stream.try_next().await.unwrap().unwrap();
    fixture.cut(&digest, first.len() as u64 + 1);
    let error = collect(stream).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    // One that is read at once, too.
    let small = put(&blobs, &noise(1000)).await;
    let blob = blobs.open(&small).await.unwrap();
    fixture.cut(&small, 999);
    let error = blob.read_all(1000).await.unwrap_err();
    assert!(
        matches!(
            error,
            BlobError::SizeMismatch {
                expected: 1000,
                actual: 999,
                ..
            }
        ),
        "{error}"
    );
}

pub(crate) async fn a_size_that_lies_is_found_out(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    let digest = put(&blobs, &noise(10)).await;
    assert!(blobs.open(&digest).await.unwrap().expect_size(10).is_ok());
    for wrong in [0, 9, 11] {
        let error = blobs
            .open(&digest)
            .await
            .unwrap()
            .expect_size(wrong)
            .unwrap_err();
        assert!(matches!(error, BlobError::SizeMismatch { .. }), "{error}");
    }
}

pub(crate) async fn small_blobs_are_read_at_once(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [0, 1, 65_536, 65_537, 300_000] {
        let bytes = noise(len);
        let blob = blobs.open(&put(&blobs, &bytes).await).await.unwrap();
        assert_eq!(blob.read_all(len as u64).await.unwrap(), bytes);
        assert_eq!(
            blob.stream(0..len as u64).count().await,
            len.div_ceil(256 * 1024)
        );
        if len > 0 {
            let error = blob.read_all(len as u64 - 1).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
        }
    }
}

pub(crate) async fn deleting_does_not_disturb_readers(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(2_000_000));
    let digest = put(&blobs, &bytes).await;
    let blob = blobs.open(&digest).await.unwrap();
    let mut stream = blob.stream(0..blob.size());
    let first = stream.try_next().await.unwrap().unwrap();
    assert!(
        blobs
            .delete(&blobs.locks().lock(&digest).await)
            .await
            .unwrap()
    );
    assert!(
        is_absent(&blobs, &digest).await,
        "the cache of open files knows"
    );
    let rest = collect(stream).await.unwrap();
    assert_eq!([first.as_ref(), &rest].concat(), bytes);
}

pub(crate) async fn slow_readers_hold_one_buffer_each(fixture: &impl Fixture) {
    const READERS: usize = 64;
    let (blobs, bytes) = (fixture.open().await, noise(4_000_000));
    let blob = blobs.open(&put(&blobs, &bytes).await).await.unwrap();
    let mut streams: Vec<_> = (0..READERS).map(|_| blob.stream(0..blob.size())).collect();
    assert_eq!(
        blobs.buffers_in_use(),
        0,
        "nothing is read before it is asked for"
    );
    for round in 0..3 {
        if round == 1 {
            fixture.cool(blob.digest());
        }
        let chunks = join_all(streams.iter_mut().map(TryStreamExt::try_next)).await;
        assert!(
            blobs.buffers_in_use() <= READERS,
            "{} buffers",
            blobs.buffers_in_use()
        );
        assert!(chunks.iter().all(|chunk| matches!(chunk, Ok(Some(_)))));
        drop(chunks);
        assert_eq!(blobs.buffers_in_use(), 0, "an idle reader holds none");
    }
}
