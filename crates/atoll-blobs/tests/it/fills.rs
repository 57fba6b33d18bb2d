//! Blobs that are read while they are fetched.

use atoll_blobs::{Blobs, FillReader, FillRole, FillWriter, WITHHELD_BYTES};
use atoll_core::digest::{Algorithm, Digest};
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::{join_all, poll_immediate};

use crate::support::{Fixture, collect, content, is_absent, noise, put, within};

/// What has to be there for the whole to be released but the end.
const WITHHELD: usize = 64 * 1024;

pub(crate) async fn lead(
    blobs: &Blobs,
    digest: &Digest,
    size: Option<u64>,
) -> (FillWriter, FillReader) {
    match blobs.join_or_start_fill(digest, size).await.unwrap() {
        FillRole::Leader(writer, reader) => (writer, reader),
        other => panic!("not the leader: {other:?}"),
    }
}

async fn follow(blobs: &Blobs, digest: &Digest) -> FillReader {
    match blobs.join_or_start_fill(digest, None).await.unwrap() {
        FillRole::Follower(reader) => reader,
        other => panic!("no follower: {other:?}"),
    }
}

pub(crate) async fn write(writer: &mut FillWriter, bytes: &[u8]) {
    for piece in bytes.chunks(16 * 1024) {
        writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
}

/// The bytes that come before the stream has to wait, or the error.
async fn so_far(stream: &mut atoll_blobs::BlobStream, at_least: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while bytes.len() < at_least {
        bytes.extend_from_slice(&within(stream.try_next()).await?.expect("more is to come"));
    }
    while let Some(Some(chunk)) = poll_immediate(stream.try_next()).await.transpose()? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

pub(crate) async fn followers_read_what_the_leader_fetches(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(3_000_000));
    let digest = Digest::sha256(&bytes);
    let (mut writer, first) = lead(&blobs, &digest, Some(3_000_000)).await;
    let second = follow(&blobs, &digest).await;
    assert_eq!(
        (second.size(), second.digest(), blobs.running_fills()),
        (Some(3_000_000), &digest, 1)
    );
    let readers = [first, second].map(|reader| tokio::spawn(collect(reader.stream(0..3_000_000))));
    write(&mut writer, &bytes).await;
    assert_eq!(writer.written(), 3_000_000);
    assert!(is_absent(&blobs, &digest).await, "it has no name yet");
    assert!(blobs.is_filling(&digest));
    assert_eq!(writer.finish().await.unwrap().size, 3_000_000);
    assert!(!blobs.is_filling(&digest));
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap(), bytes);
    }
    assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    assert_eq!((blobs.running_fills(), fixture.staged()), (0, 0));
}

pub(crate) async fn the_end_is_withheld_until_the_whole_matched(fixture: &impl Fixture) {
    assert_eq!(WITHHELD as u64, WITHHELD_BYTES);
    let (blobs, bytes) = (fixture.open().await, noise(1_000_000));
    let digest = Digest::sha256(&bytes);
    let (mut writer, reader) = lead(&blobs, &digest, Some(1_000_000)).await;
    let mut stream = reader.stream(0..1_000_000);
    assert!(
        poll_immediate(stream.try_next()).await.is_none(),
        "nothing was written"
    );
    write(&mut writer, &bytes[..500_000]).await;
    let mut read = so_far(&mut stream, 1).await.unwrap();
    assert!(read.len() <= 500_000);
    write(&mut writer, &bytes[500_000..]).await;
    // A reader of the last bytes alone gets nothing at all.
    let mut last = reader.stream(1_000_000 - WITHHELD_BYTES..1_000_000);
    // What is still in a batch comes with the end.
    read.extend(so_far(&mut stream, 1).await.unwrap());
    assert!(
        read.len() <= 1_000_000 - WITHHELD,
        "{} bytes came before all matched",
        read.len()
    );
    assert!(poll_immediate(last.try_next()).await.is_none());
    writer.finish().await.unwrap();
    read.extend(collect(stream).await.unwrap());
    assert_eq!(read, bytes);
    assert_eq!(collect(last).await.unwrap(), bytes[1_000_000 - WITHHELD..]);
}

pub(crate) async fn without_a_size_nothing_is_released_early(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1_000_000));
    let digest = Digest::of(Algorithm::Sha512, &bytes);
    let (mut writer, reader) = lead(&blobs, &digest, None).await;
    let mut stream = reader.stream(0..1_000_000);
    write(&mut writer, &bytes).await;
    assert!(poll_immediate(stream.try_next()).await.is_none());
    assert!(poll_immediate(Box::pin(reader.committed())).await.is_none());
    writer.finish().await.unwrap();
    assert_eq!(reader.committed().await.unwrap(), 1_000_000);
    assert_eq!(collect(stream).await.unwrap(), bytes);
    assert!(
        collect(reader.stream(0..1_000_001)).await.is_err(),
        "beyond the end"
    );
}

pub(crate) async fn many_readers_of_any_range(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(2_500_000));
    let digest = Digest::sha256(&bytes);
    let (mut writer, reader) = lead(&blobs, &digest, Some(2_500_000)).await;
    let readers = (0..64_usize).map(|n| {
        let (start, end) = (n * 30_011, 2_500_000 - n * 7_919);
        let (stream, expected) = (
            reader.stream(start as u64..end as u64),
            bytes.slice(start..end.max(start)),
        );
        tokio::spawn(async move { assert_eq!(collect(stream).await.unwrap(), expected) })
    });
    let readers: Vec<_> = readers.collect();
    write(&mut writer, &bytes).await;
    writer.finish().await.unwrap();
    for reader in join_all(readers).await {
        reader.unwrap();
    }
    assert_eq!(blobs.buffers_in_use(), 0);
}

pub(crate) async fn late_readers_get_everything(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(1_000_000));
    let digest = Digest::sha256(&bytes);
    let (mut writer, early) = lead(&blobs, &digest, Some(1_000_000)).await;
    write(&mut writer, &bytes[..900_000]).await;
    let late = follow(&blobs, &digest).await;
    let stream = tokio::spawn(collect(late.stream(0..1_000_000)));
    write(&mut writer, &bytes[900_000..]).await;
    writer.finish().await.unwrap();
    assert_eq!(stream.await.unwrap().unwrap(), bytes);
    // After the end, and even after the blob was deleted.
    blobs
        .delete(&blobs.locks().lock(&digest).await)
        .await
        .unwrap();
    assert_eq!(collect(early.stream(0..1_000_000)).await.unwrap(), bytes);
}

pub(crate) async fn a_blob_that_is_held_is_not_fetched(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(200_000));
    let digest = put(&blobs, &bytes).await;
    let FillRole::Held(blob) = blobs.join_or_start_fill(&digest, None).await.unwrap() else {
        panic!("it is held")
    };
    assert_eq!(content(&blob).await, bytes);
    assert_eq!(blobs.running_fills(), 0);
}

pub(crate) async fn many_who_join_have_one_leader(fixture: &impl Fixture) {
    let (blobs, bytes) = (fixture.open().await, noise(400_000));
    let digest = Digest::sha256(&bytes);
    for _ in 0..2 {
        let clients = (0..32).map(|_| {
            let (blobs, digest, bytes) = (blobs.clone(), digest.clone(), bytes.clone());
            tokio::spawn(async move {
                match blobs
                    .join_or_start_fill(&digest, Some(400_000))
                    .await
                    .unwrap()
                {
                    FillRole::Leader(mut writer, reader) => {
                        write(&mut writer, &bytes).await;
                        writer.finish().await.unwrap();
                        assert_eq!(collect(reader.stream(0..400_000)).await.unwrap(), bytes);
                        1
                    }
                    FillRole::Follower(reader) => {
                        assert_eq!(collect(reader.stream(0..400_000)).await.unwrap(), bytes);
                        0
                    }
                    FillRole::Held(blob) => {
                        assert_eq!(content(&blob).await, bytes);
                        0
                    }
                }
            })
        });
        let leaders: u32 = join_all(clients)
            .await
            .into_iter()
            .map(Result::unwrap)
            .sum();
        assert!(leaders <= 1, "{leaders} fetched the same");
        assert_eq!((blobs.running_fills(), fixture.staged()), (0, 0));
    }
}

pub(crate) async fn a_fill_of_bytes_that_were_pushed_meanwhile(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [1000, 300_000] {
        let bytes = noise(len);
        let digest = Digest::sha256(&bytes);
        let (mut writer, reader) = lead(&blobs, &digest, Some(len as u64)).await;
        let stream = reader.stream(0..len as u64);
        write(&mut writer, &bytes).await;
        put(&blobs, &bytes).await;
        assert_eq!(writer.finish().await.unwrap().size, len as u64);
        assert_eq!(collect(stream).await.unwrap(), bytes);
        assert_eq!(fixture.staged(), 0);
    }
}

pub(crate) async fn small_blobs_are_filled_too(fixture: &impl Fixture) {
    let blobs = fixture.open().await;
    for len in [0, 1, WITHHELD, WITHHELD + 1] {
        let bytes = noise(len);
        let digest = Digest::sha256(&bytes);
        let (mut writer, reader) = lead(&blobs, &digest, Some(len as u64)).await;
        write(&mut writer, &bytes).await;
        writer.finish().await.unwrap();
        assert_eq!(collect(reader.stream(0..len as u64)).await.unwrap(), bytes);
        assert_eq!(content(&blobs.open(&digest).await.unwrap()).await, bytes);
    }
}
