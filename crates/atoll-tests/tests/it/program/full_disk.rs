//! A disk that is full, or nearly.

use atoll_core::digest::Digest;
use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::zips;
use http::{Method, StatusCode};

use super::disk::Disk;
use super::load::HOST;
use super::world::{
    CORAL, LINUX, Release, eventually, is, noise, push_blob, push_image, reads_whole, refuses,
};

/// The size of the disk in mebibytes, and more than fits on it in bytes.
const DISK_MEBIBYTES: u32 = 32;
const TOO_MANY_BYTES: usize = 40 << 20;

/// What a failed push may leave behind, in bytes: rows and logs of the database.
const SLACK_BYTES: u64 = 1 << 20;

/// The program with its data on a disk that is soon full.
fn on_a_small_disk(test: &str) -> Option<(Disk, Atoll)> {
    let atoll = Atoll::find_for(test)?;
    let disk = Disk::in_memory(test, DISK_MEBIBYTES)?;
    let atoll = atoll.with_data_dir(disk.path().join("data"));
    Some((disk, atoll))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_and_all_else_goes_on() {
    let Some((disk, atoll)) = on_a_small_disk("what_does_not_fit_is_refused_and_all_else_goes_on")
    else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("admin").await);
    push_image(&client, "acme/app", "before", noise(1, 1 << 20)).await;
    let free_before = disk.free_bytes();

    // In one request.
    let large = noise(2, TOO_MANY_BYTES);
    let refused = push_blob(&client, "acme/app", large.clone()).await;
    is(&refused, StatusCode::INSUFFICIENT_STORAGE);
    assert!(refused.text().contains("full"), "{}", refused.text());
    eventually("the room is free again", async || {
        disk.free_bytes() + SLACK_BYTES > free_before
    })
    .await;

    // In a session, which may be given up.
    let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
    let session = opened.header("location").to_owned();
    let refused = client
        .send(client.request(Method::PATCH, &session).body(large.clone()))
        .await;
    is(&refused, StatusCode::INSUFFICIENT_STORAGE);
    // Whatever is kept of it: reading works, and so does pushing once it is given up.
    reads_whole(&client, "acme/app", "before").await;
    client.delete(&session).await;
    eventually("the room is free again", async || {
        disk.free_bytes() + SLACK_BYTES > free_before
    })
    .await;

    // A release, whose publisher reads why.
    let mut release = Release::unsigned("1.0.0", &[LINUX]);
    release.files[0].1 = zips::large_provider("coral", "1.0.0", LINUX, TOO_MANY_BYTES);
    refuses(&release.publish(&atoll).await, 1, &["full"]);
    eventually("the room is free again", async || {
        disk.free_bytes() + SLACK_BYTES > free_before
    })
    .await;

    push_image(&client, "acme/app", "after", noise(3, 2 << 20)).await;
    Release::unsigned("1.0.0", &[LINUX])
        .publish(&atoll)
        .await
        .succeeds();
    for tag in ["before", "after"] {
        reads_whole(&client, "acme/app", tag).await;
    }
    is(
        &client
            .get(&format!("/v2/acme/app/blobs/{}", Digest::sha256(&large)))
            .await,
        StatusCode::NOT_FOUND,
    );
    assert!(atoll.run(["fsck", "--verify-content"]).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_a_free_byte_is_read_and_recovers() {
    let Some((disk, atoll)) = on_a_small_disk("a_disk_without_a_free_byte_is_read_and_recovers")
    else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("admin").await);
    push_image(&client, "acme/app", "v1", noise(1, 1 << 20)).await;
    let filler = disk.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    // Until nothing more goes in.
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}
    assert_eq!(disk.free_bytes(), 0);

    for attempt in 0..3 {
        let refused = push_blob(&client, "acme/app", noise(10 + attempt, 100_000)).await;
        is(&refused, StatusCode::INSUFFICIENT_STORAGE);
        reads_whole(&client, "acme/app", "v1").await;
    }
    let manifest = client.get("/v2/acme/app/manifests/v1").await;
    let tagged = client
        .put(
            "/v2/acme/app/manifests/v2",
            manifest.header("content-type"),
            manifest.body.clone(),
        )
        .await;
    assert!(
        tagged.status == StatusCode::INSUFFICIENT_STORAGE || tagged.status == StatusCode::CREATED,
        "{tagged:?}"
    );
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    push_image(&client, "acme/app", "v3", noise(3, 1 << 20)).await;
    reads_whole(&client, "acme/app", "v3").await;
    assert!(atoll.run(["fsck", "--verify-content"]).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miss_below_the_limit_is_explained_and_hits_go_on() {
    let Some((_disk, atoll)) =
        on_a_small_disk("a_miss_below_the_limit_is_explained_and_hits_go_on")
    else {
        return;
    };
    let upstream = FakeRegistry::start().await;
    for (version, bytes) in [("1.0.0", 4 << 20), ("2.0.0", 8 << 20), ("3.0.0", 1 << 20)] {
        let zip = zips::large_provider("coral", version, LINUX, bytes);
        drop(
            upstream
                .provider(CORAL)
                .version(version)
                .package(LINUX, zip),
        );
    }
    let configuration = format!(
        "server {{\n  min_free = \"20 MiB\"\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n  anonymous = \"fetch\"\n}}\n",
        upstream.url()
    );
    atoll.write("atoll.hcl", configuration);
    let server = atoll.serve_plainly().await;
    let nobody = server.nobody();
    let fetch = async |version: &str| {
        let document = nobody
            .get(&format!("/mirror/{HOST}/{CORAL}/{version}.json"))
            .await;
        is(&document, StatusCode::OK);
        nobody
            .get(document.json()["archives"][LINUX]["url"].as_str().unwrap())
            .await
    };
    let held = fetch("1.0.0").await;
    is(&held, StatusCode::OK);
    let refused = fetch("2.0.0").await;
    is(&refused, StatusCode::INSUFFICIENT_STORAGE);
    assert!(
        refused.text().contains("min_free") || refused.text().contains("disk"),
        "{}",
        refused.text()
    );
    // What is here goes on being served, and what fits is still fetched.
    assert_eq!(fetch("1.0.0").await.body, held.body);
    is(&fetch("3.0.0").await, StatusCode::OK);
    server.stop().await;
}
