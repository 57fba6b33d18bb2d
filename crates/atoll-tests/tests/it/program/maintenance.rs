//! Looking after the store from the command line.

use std::path::{Path, PathBuf};

use atoll_core::digest::Digest;
use atoll_testkit::atoll::Atoll;
use http::StatusCode;
use serde_json::Value;

use super::world::{Release, is, noise, push_blob, push_image};

/// The file of a blob.
fn blob_file(atoll: &Atoll, digest: &Digest) -> PathBuf {
    let hex = digest.hex();
    let found = find(atoll.data_dir(), hex);
    found.unwrap_or_else(|| panic!("there is no file {hex}"))
}

fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    std::fs::read_dir(directory).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, name)
        } else {
            path.ends_with(name).then_some(path)
        }
    })
}

#[tokio::test]
async fn damage_is_named_and_is_an_exit_code() {
    let Some(atoll) = Atoll::find_for("damage_is_named_and_is_an_exit_code") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("admin").await);
    let (short, wrong, gone) = (noise(1, 5000), noise(2, 5000), noise(3, 5000));
    for (tag, layer) in [("short", &short), ("wrong", &wrong), ("gone", &gone)] {
        push_image(&client, "acme/app", tag, layer.clone()).await;
    }
    Release::unsigned("1.0.0", &["linux_amd64"])
        .publish(&atoll)
        .await
        .succeeds();
    let healthy = atoll.run(["fsck", "--verify-content"]).await;
    assert!(
        healthy.is_ok() && healthy.stderr.contains("no damage"),
        "{healthy}"
    );
    server.stop().await;
    assert!(atoll.run(["fsck"]).await.is_ok());

    let [short, wrong, gone] = [short, wrong, gone].map(|bytes| Digest::sha256(&bytes));
    std::fs::File::options()
        .write(true)
        .open(blob_file(&atoll, &short))
        .unwrap()
        .set_len(100)
        .unwrap();
    std::fs::write(blob_file(&atoll, &wrong), noise(4, 5000)).unwrap();
    std::fs::remove_file(blob_file(&atoll, &gone)).unwrap();
    // Without reading every byte, wrong ones of the right length are not seen.
    let seen = atoll.run(["fsck"]).await;
    assert_eq!(seen.code, Some(1), "{seen}");
    for (digest, is_seen) in [(&short, true), (&gone, true), (&wrong, false)] {
        assert_eq!(seen.stdout.contains(digest.hex()), is_seen, "{seen}");
    }
    let all = atoll.run(["fsck", "--verify-content", "--json"]).await;
    assert_eq!(all.code, Some(1), "{all}");
    let report: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(report["damage"].as_array().unwrap().len(), 3, "{all}");
    for digest in [&short, &wrong, &gone] {
        assert!(all.stdout.contains(digest.hex()), "{all}");
    }
    // A running server finds the same.
    let server = atoll.serve_plainly().await;
    let running = atoll.run(["fsck", "--verify-content", "--json"]).await;
    assert_eq!(running.code, Some(1), "{running}");
    assert_eq!(running.stdout, all.stdout);
    server.stop().await;
}

#[tokio::test]
async fn repair_hides_what_is_broken_until_it_is_pushed_again() {
    let Some(atoll) = Atoll::find_for("repair_hides_what_is_broken_until_it_is_pushed_again")
    else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("admin").await);
    let layer = noise(1, 5000);
    let digest = Digest::sha256(&layer);
    push_image(&client, "acme/app", "v1", layer.clone()).await;
    std::fs::write(blob_file(&atoll, &digest), noise(2, 5000)).unwrap();
    let repaired = atoll.run(["fsck", "--verify-content", "--repair"]).await;
    assert_eq!(repaired.code, Some(1), "{repaired}");
    assert!(
        repaired.stdout.contains(digest.hex()) && repaired.stdout.contains("pushed")
            || repaired.stdout.contains("pushes"),
        "{repaired}"
    );
    let path = format!("/v2/acme/app/blobs/{digest}");
    is(&client.get(&path).await, StatusCode::NOT_FOUND);
    is(
        &push_blob(&client, "acme/app", layer.clone()).await,
        StatusCode::CREATED,
    );
    assert_eq!(client.get(&path).await.body, layer);
    let healthy = atoll.run(["fsck", "--verify-content"]).await;
    assert!(healthy.is_ok(), "{healthy}");
    server.stop().await;
}

#[tokio::test]
async fn garbage_is_collected_after_it_was_shown() {
    let Some(atoll) = Atoll::find_for("garbage_is_collected_after_it_was_shown") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("admin").await);
    push_image(&client, "acme/app", "v1", noise(1, 5000)).await;
    push_image(&client, "acme/app", "v2", noise(2, 5000)).await;
    let manifest = client.get("/v2/acme/app/manifests/v2").await;
    is(
        &client
            .delete(&format!(
                "/v2/acme/app/manifests/{}",
                manifest.header("docker-content-digest")
            ))
            .await,
        StatusCode::ACCEPTED,
    );
    let before = atoll.run(["gc", "--dry-run", "--json"]).await.succeeds();
    let report: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(report["dry_run"], true);
    let shown = atoll.run(["gc", "--dry-run"]).await.succeeds();
    assert!(shown.contains("would be freed"), "{shown}");
    // It was not done, and can be done at any time.
    assert_eq!(
        atoll.run(["gc", "--dry-run", "--json"]).await.succeeds(),
        before
    );
    atoll.run(["gc", "--grace", "0s"]).await.succeeds();
    is(
        &client.get("/v2/acme/app/manifests/v1").await,
        StatusCode::OK,
    );
    super::world::reads_whole(&client, "acme/app", "v1").await;
    assert!(atoll.run(["fsck", "--verify-content"]).await.is_ok());
    server.stop().await;
}

#[tokio::test]
async fn lists_are_for_people_and_for_machines() {
    let Some(atoll) = Atoll::find_for("lists_are_for_people_and_for_machines") else {
        return;
    };
    for version in ["1.0.0", "1.10.0", "1.9.0"] {
        Release::unsigned(version, &["linux_amd64", "darwin_arm64"])
            .publish(&atoll)
            .await
            .succeeds();
    }
    let text = atoll.run(["list"]).await.succeeds();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(
        lines[0].starts_with("KIND") && lines[0].contains("PROOF"),
        "{text}"
    );
    for word in ["provider", "acme/coral", "darwin_arm64,linux_amd64"] {
        assert!(lines[1].contains(word), "{text}");
    }
    let matching = atoll
        .run(["list", "acme/* >= 1.9", "--json"])
        .await
        .succeeds();
    let rows: Vec<Value> = serde_json::from_str(&matching).unwrap();
    assert_eq!(rows.len(), 2, "{matching}");
    let none = atoll.run(["list", "other/*", "--json"]).await.succeeds();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&none).unwrap().len(), 0);
    super::world::refuses(&atoll.run(["list", "a/b/c/d/e >"]).await, 1, &["a/b/c/d/e"]);
}

#[tokio::test]
async fn what_lists_are_made_of_can_be_made_again() {
    let Some(atoll) = Atoll::find_for("what_lists_are_made_of_can_be_made_again") else {
        return;
    };
    Release::unsigned("1.0.0", &["linux_amd64"])
        .publish(&atoll)
        .await
        .succeeds();
    let before = super::world::listed(&atoll).await;
    let done = atoll.run(["reindex"]).await.succeeds();
    assert!(done.contains("version"), "{done}");
    let server = atoll.serve_plainly().await;
    let report: Value =
        serde_json::from_str(&atoll.run(["reindex", "--json"]).await.succeeds()).unwrap();
    assert!(report.is_object(), "{report}");
    assert_eq!(
        super::world::listed(&atoll).await[0]["platforms"],
        before[0]["platforms"]
    );
    assert!(atoll.run(["fsck"]).await.is_ok());
    server.stop().await;
}
