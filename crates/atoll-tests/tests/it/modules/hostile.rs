//! Packages that no client should get: each has a clear error, and leaves no trace.

use atoll_testkit::modules;
use bytes::Bytes;
use http::StatusCode;

use super::world::{REEF, World};

/// Larger than what a module may have, from an archive of some megabytes.
const BOMB_BYTES: u64 = 10_000_000_000;

#[tokio::test]
async fn each_is_explained_and_nothing_is_kept() {
    let world = World::new().await;
    let html = "<!DOCTYPE html><html><body>Please log in</body></html>";
    let cases: [(&str, Bytes, &str); 6] = [
        ("html.zip", html.into(), "HTML page"),
        (
            "text.tar.gz",
            "not found".into(),
            "text in place of an archive",
        ),
        (
            "cut.zip",
            modules::zip(modules::GREETING).slice(..100),
            "not a readable zip",
        ),
        (
            "up.tar.gz",
            modules::tar_gz_with_entry("../../etc/passwd", b"x"),
            "`..`",
        ),
        (
            "root.tar.gz",
            modules::tar_gz_with_entry("/etc/passwd", b"x"),
            "absolute",
        ),
        (
            "empty.tar.gz",
            modules::tar_gz(&[("notes.txt", "nothing")]),
            "no module",
        ),
    ];
    for (index, (name, archive, words)) in cases.into_iter().enumerate() {
        let version = format!("1.0.{index}");
        world.offer(REEF, &version, name, archive);
        let reply = world.download(REEF, &version).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{name}");
        let text = reply.text();
        assert!(text.contains(words), "{name}: {text}");
        assert!(text.contains("nothing was kept"), "{name}: {text}");
    }
    assert_nothing_is_kept(&world).await;
}

#[tokio::test]
async fn a_bomb_of_ten_gigabytes_is_refused() {
    let world = World::new().await;
    world.offer(REEF, "1.0.0", "bomb.tar.gz", modules::bomb(BOMB_BYTES));
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(
        reply.text().contains("unpacks to more than"),
        "{}",
        reply.text()
    );
    assert_nothing_is_kept(&world).await;
}

#[tokio::test]
async fn upstream_can_point_to_nothing_of_ours() {
    let world = World::new().await;
    for (index, address) in [
        "file:///etc",
        "git::file:///srv/git/x",
        "hg::https://hg.example/x",
        "git::https://git.example/x?ref=--upload-pack=evil",
        "https://127.0.0.1:1/x.zip",
        "https://169.254.169.254/latest/meta-data.zip",
    ]
    .iter()
    .enumerate()
    {
        let version = format!("1.0.{index}");
        world.upstream.put_module(REEF, &version, address);
        let reply = world.download(REEF, &version).await;
        assert!(
            reply.status == StatusCode::BAD_GATEWAY || reply.status == StatusCode::FORBIDDEN,
            "{address}: {} {}",
            reply.status,
            reply.text()
        );
    }
    assert_nothing_is_kept(&world).await;
}

#[tokio::test]
async fn a_directory_that_can_not_be_is_refused_before_anything_is_fetched() {
    let world = World::new().await;
    world.offer_greeting(REEF, "0.9.0");
    for (index, subdir) in ["[ab]", "*/*", "a/*/b"].iter().enumerate() {
        let version = format!("1.0.{index}");
        let address = format!("/archives/coder-reef-coder-0.9.0.tar.gz//{subdir}");
        world.upstream.put_module(REEF, &version, &address);
        let reply = world.download(REEF, &version).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{subdir}");
        let text = reply.text();
        assert!(text.contains("no directory of an archive"), "{text}");
    }
    assert_eq!(world.upstream.requests_to("/archives/*").len(), 0);
    assert_nothing_is_kept(&world).await;
}

async fn assert_nothing_is_kept(world: &World) {
    let robot = world.server().robot("admin").await;
    let artifacts = robot.get("/api/v1/artifacts").await;
    assert_eq!(artifacts.json()["artifacts"], serde_json::json!([]));
    let fsck = robot.post("/api/v1/maintenance/fsck", "{}").await;
    assert_eq!(fsck.json()["counts"]["held_blobs"], 0, "{}", fsck.text());
}
