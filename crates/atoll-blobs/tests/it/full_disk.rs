//! What happens when there is no room left. Needs a file system of its own, which only root can mount.

use std::path::Path;
use std::process::Command;

use atoll_blobs::{BlobError, Blobs, FillRole, UploadId};
use atoll_core::digest::{Algorithm, Digest};
use atoll_core::kind::ErrorKind;
use tempfile::TempDir;

use crate::support::{Fixture, collect, noise, put, until};

/// A file system of one mebibyte.
struct TinyDisk {
    mount: TempDir,
}

impl TinyDisk {
    fn mount(test: &str) -> Option<Self> {
        let mount = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(mount.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self { mount });
        }
        println!("SKIPPED {test}: mounting a tmpfs takes root");
        None
    }

    fn staged(&self) -> usize {
        staged(self.mount.path())
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount")
            .arg("-l")
            .arg(self.mount.path())
            .output();
        assert!(
            unmounted.is_ok_and(|output| output.status.success()),
            "the test's own file system stays mounted"
        );
    }
}

fn staged(root: &Path) -> usize {
    std::fs::read_dir(root.join("staging")).unwrap().count()
}

pub(crate) async fn a_full_disk_is_said_and_freed(_: &impl Fixture) {
    let Some(disk) = TinyDisk::mount("a_full_disk_is_said_and_freed") else {
        return;
    };
    let blobs = Blobs::open_local(disk.mount.path()).await.unwrap();
    let kept = put(&blobs, &noise(100_000)).await;
    let bytes = noise(3_000_000);
    // While it is written, and when it is committed.
    for pieces in [100_000, 3_000_000] {
        let id = UploadId::new();
        let mut upload = blobs.create_upload(id, Algorithm::Sha256).unwrap();
        let mut failed = None;
        for piece in bytes.chunks(pieces) {
            failed = upload.append(bytes.slice_ref(piece)).await.err();
            if failed.is_some() {
                break;
            }
        }
        let error = match failed {
            Some(error) => error,
            None => upload.finish(&Digest::sha256(&bytes)).await.unwrap_err(),
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        assert!(
            error.to_string().contains(&id.to_string()),
            "it says what was written: {error}"
        );
        assert_eq!(disk.staged(), 0, "the space is free at once");
    }
    let mut upload = blobs
        .create_upload(UploadId::new(), Algorithm::Sha256)
        .unwrap();
    upload.append(bytes.clone()).await.unwrap();
    assert!(upload.truncate(10).await.is_err());
    assert!(matches!(
        upload.append(bytes).await,
        Err(BlobError::UploadLost { .. })
    ));
    drop(upload);
    put(&blobs, &noise(200_000)).await;
    assert_eq!(blobs.verify(&kept).await.unwrap(), 100_000);
}

pub(crate) async fn a_fill_on_a_full_disk_tells_its_readers(_: &impl Fixture) {
    let Some(disk) = TinyDisk::mount("a_fill_on_a_full_disk_tells_its_readers") else {
        return;
    };
    let blobs = Blobs::open_local(disk.mount.path()).await.unwrap();
    let bytes = noise(3_000_000);
    let role = blobs
        .join_or_start_fill(&Digest::sha256(&bytes), Some(3_000_000))
        .await
        .unwrap();
    let FillRole::Leader(mut writer, reader) = role else {
        panic!("nobody else is here")
    };
    let stream = tokio::spawn(collect(reader.stream(0..3_000_000)));
    let mut failed = None;
    for piece in bytes.chunks(100_000) {
        failed = writer.write(bytes.slice_ref(piece)).await.err();
        if failed.is_some() {
            break;
        }
    }
    assert_eq!(
        failed.expect("it does not fit").kind(),
        ErrorKind::StorageFull
    );
    assert!(stream.await.unwrap().is_err());
    assert!(
        reader
            .committed()
            .await
            .is_err_and(|error| error.kind() == ErrorKind::StorageFull)
    );
    until("the space is free", || disk.staged() == 0).await;
}
