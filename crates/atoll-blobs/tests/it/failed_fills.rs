//! Fetches that go wrong.

use atoll_blobs::BlobError;
use atoll_core::digest::Digest;
use atoll_core::kind::ErrorKind;
use bytes::Bytes;
use futures_util::future::poll_immediate;

use crate::fills::{lead, write};
use crate::support::{Fixture, collect, is_absent, noise, until};

pub(crate) async fn bytes_that_do_not_match_break_every_reader(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1_000_000));
    let digest = Digest::sha256(b"what the registry promised");
    for size in [Some(1_000_000), None] {
        let (mut writer, reader) = lead(&blobs, &digest, size).await;
        let streams = [
            reader.stream(0..1_000_000),
            reader.stream(990_000..1_000_000),
        ];
        write(&mut writer, &bytes).await;
        let error = writer.finish().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
        for stream in streams {
            let error = collect(stream).await.unwrap_err();
            let cause = error
                .get_ref()
                .and_then(|error| error.downcast_ref::<BlobError>());
            let Some(BlobError::FillFailed { source, .. }) = cause else {
                panic!("{error:?}")
            };
            assert!(
                matches!(**source, BlobError::DigestMismatch { .. }),
                "{source}"
            );
        }
        assert!(reader.committed().await.is_err());
        assert!(is_absent(&blobs, &digest).await);
        assert_eq!((blobs.running_fills(), fixture.staged()), (0, 0));
    }
}

pub(crate) async fn too_many_or_too_few_bytes_fail_the_fill(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(300_000));
    let digest = Digest::sha256(&bytes);
    let (mut writer, reader) = lead(&blobs, &digest, Some(200_000)).await;
    write(&mut writer, &bytes[..200_000]).await;
    let error = writer.write(Bytes::from_static(b"x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    assert!(writer.write(Bytes::from_static(b"x")).await.is_err());
    assert!(collect(reader.stream(0..200_000)).await.is_err());
    assert!(writer.finish().await.is_err());
    let (mut writer, reader) = lead(&blobs, &digest, Some(300_001)).await;
    write(&mut writer, &bytes).await;
    let error = writer.finish().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    assert!(collect(reader.stream(0..300_001)).await.is_err());
    assert!(is_absent(&blobs, &digest).await);
    until("the staged files are gone", || fixture.staged() == 0).await;
}

pub(crate) async fn a_writer_that_goes_away_fails_the_fill(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(2_000_000));
    let digest = Digest::sha256(&bytes);
    for written in [0, 10, 1_900_000] {
        let (mut writer, reader) = lead(&blobs, &digest, Some(2_000_000)).await;
        let stream = reader.stream(0..2_000_000);
        write(&mut writer, &bytes[..written]).await;
        drop(writer);
        let error = collect(stream).await.unwrap_err();
        assert!(error.to_string().contains("failed"), "{error}");
        assert_eq!(blobs.running_fills(), 0);
        until("the staged file is gone", || fixture.staged() == 0).await;
    }
    // While it waits for the lock.
    let held = blobs.locks().lock(&digest).await;
    let (mut writer, reader) = lead(&blobs, &digest, Some(2_000_000)).await;
    write(&mut writer, &bytes).await;
    assert!(poll_immediate(Box::pin(writer.finish())).await.is_none());
    assert!(reader.committed().await.is_err());
    drop(held);
    until("the staged file is gone", || fixture.staged() == 0).await;
    assert!(is_absent(&blobs, &digest).await);
}

pub(crate) async fn an_abort_says_why(fixture: &impl Fixture) {
    let (blobs, digest) = (fixture.open().await, Digest::sha256(b"x"));
    let (writer, reader) = lead(&blobs, &digest, None).await;
    let error = writer.abort("the registry answered 502");
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    let Err(BlobError::FillFailed { source, .. }) = reader.committed().await else {
        panic!("it was given up")
    };
    assert!(
        source.to_string().contains("the registry answered 502"),
        "{source}"
    );
}

pub(crate) async fn a_failed_fill_can_be_started_again(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(200_000));
    let digest = Digest::sha256(&bytes);
    let (writer, failed) = lead(&blobs, &digest, None).await;
    writer.abort("first try");
    let (mut writer, reader) = lead(&blobs, &digest, Some(200_000)).await;
    assert!(failed.committed().await.is_err());
    write(&mut writer, &bytes).await;
    writer.finish().await.unwrap();
    assert_eq!(collect(reader.stream(0..200_000)).await.unwrap(), bytes);
}
