//! How much memory the program takes for a package far larger than that.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use atoll_testkit::atoll::{Atoll, Serving};
use atoll_testkit::registry::{Content, FakeRegistry};
use atoll_testkit::zips;
use futures_util::future::join_all;
use http::{Method, StatusCode};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::world::{CORAL, HOST, LINUX, eventually, mirror};

const PACKAGE_MIB: usize = 256;
const GROWTH_MAX_BYTES: u64 = 64 << 20;
const READERS: usize = 6;

/// A package that nobody could hold in memory unnoticed.
fn write_package(path: &Path) {
    let mut writer = ZipWriter::new(File::create(path).unwrap());
    let stored = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    writer
        .start_file("terraform-provider-coral_v1.0.0", stored)
        .unwrap();
    let mebibyte = zips::noise(1 << 20);
    for _ in 0..PACKAGE_MIB {
        writer.write_all(&mebibyte).unwrap();
    }
    writer.finish().unwrap();
}

/// The address of a version's archive.
async fn archive_url(server: &Serving, version: &str) -> String {
    let reply = server
        .nobody()
        .get(&mirror(CORAL, &format!("{version}.json")))
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()["archives"][LINUX]["url"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Reads an archive and keeps nothing of it.
async fn read(server: &Serving, url: &str) -> usize {
    let mut response = server
        .nobody()
        .request(Method::GET, url)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut received = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        received += chunk.len();
    }
    received
}

/// What the server takes at most while some work is done.
async fn peak_during<T>(server: &Serving, work: impl Future<Output = T>) -> (T, u64) {
    let mut work = std::pin::pin!(work);
    let mut peak = 0;
    loop {
        peak = peak.max(server.anonymous_bytes());
        tokio::select! {
            done = &mut work => return (done, peak),
            () = tokio::time::sleep(Duration::from_millis(10)) => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_a_package() {
    let Some(atoll) = Atoll::find_for("memory_does_not_grow_with_a_package") else {
        return;
    };
    let upstream = FakeRegistry::start().await;
    let package = atoll.path("package.zip");
    write_package(&package);
    drop(upstream.provider(CORAL).version("0.1.0").platform(LINUX));
    let coral = upstream.provider(CORAL).version("1.0.0");
    drop(coral.package(LINUX, Content::File(package.clone())));
    let url = upstream.url();
    atoll.write(
        "atoll.hcl",
        format!("upstream \"terraform\" \"{HOST}\" {{\n  url = \"{url}\"\n}}\n"),
    );
    let server = atoll.serve_plainly().await;

    // Whatever is made once is made now.
    let small = archive_url(&server, "0.1.0").await;
    assert!(read(&server, &small).await > 0);
    let large = archive_url(&server, "1.0.0").await;
    let before = server.anonymous_bytes();

    let size = usize::try_from(std::fs::metadata(&package).unwrap().len()).unwrap();
    let (received, peak) = peak_during(
        &server,
        join_all((0..READERS).map(|_| read(&server, &large))),
    )
    .await;
    assert_eq!(received, [size; READERS]);
    let has_h1 = eventually("the h1 hash is known", async || {
        let reply = server.nobody().get(&mirror(CORAL, "1.0.0.json")).await;
        reply.json()["archives"][LINUX]["hashes"]
            .as_array()
            .unwrap()
            .len()
            == 2
    });
    let ((), peak_hashing) = peak_during(&server, has_h1).await;
    let (warm, peak_warm) = peak_during(
        &server,
        join_all((0..READERS).map(|_| read(&server, &large))),
    )
    .await;
    assert_eq!(warm, [size; READERS]);
    for (what, peak) in [
        ("filling", peak),
        ("hashing", peak_hashing),
        ("serving", peak_warm),
    ] {
        let grown = peak.saturating_sub(before);
        assert!(
            grown < GROWTH_MAX_BYTES,
            "{what} took {} MiB more",
            grown >> 20
        );
        println!("{what} took {} KiB more", grown >> 10);
    }
}
