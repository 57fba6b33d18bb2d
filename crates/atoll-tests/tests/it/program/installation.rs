//! One data directory: commands with and without a server, one server at a time, and its authority.

use atoll_testkit::atoll::Atoll;
use http::StatusCode;

use super::world::{Release, is, listed, refuses};

#[tokio::test]
async fn commands_work_with_and_without_a_server() {
    let Some(atoll) = Atoll::find_for("commands_work_with_and_without_a_server") else {
        return;
    };
    // Before the first start there is nothing but what the commands make.
    let before = atoll.token("admin").await;
    Release::unsigned("1.0.0", &["linux_amd64"])
        .publish(&atoll)
        .await
        .succeeds();
    let server = atoll.serve_plainly().await;
    let meanwhile = atoll.token("admin").await;
    Release::unsigned("1.1.0", &["linux_amd64"])
        .publish(&atoll)
        .await
        .succeeds();
    for token in [&before, &meanwhile] {
        let versions = server
            .client(token)
            .get("/v1/providers/acme/coral/versions")
            .await;
        is(&versions, StatusCode::OK);
        assert_eq!(
            versions.json()["versions"].as_array().unwrap().len(),
            2,
            "{}",
            versions.text()
        );
    }
    let with_server = listed(&atoll).await;
    server.stop().await;
    let without = listed(&atoll).await;
    let addresses = |list: &[serde_json::Value]| {
        list.iter()
            .map(|row| format!("{} {}", row["address"], row["version"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(addresses(&with_server), addresses(&without));
    assert_eq!(without.len(), 2, "{without:?}");
}

#[tokio::test]
async fn one_server_works_on_a_directory() {
    let Some(atoll) = Atoll::find_for("one_server_works_on_a_directory") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let second = atoll
        .run(["serve", "--no-tls", "--listen", "127.0.0.1:0"])
        .await;
    refuses(
        &second,
        1,
        &["works on", atoll.data_dir().to_str().unwrap(), "--data-dir"],
    );
    // The first is none the worse for it, and its owner still reaches it.
    is(&server.nobody().get("/readyz").await, StatusCode::OK);
    assert_eq!(listed(&atoll).await.len(), 0);
    refuses(&atoll.run(["ca", "rotate"]).await, 1, &["stop the server"]);
    server.kill().await;
    // Nobody is locked out by what a killed server left.
    atoll.serve_plainly().await.stop().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let Some(atoll) = Atoll::find_for("an_address_that_is_taken_is_named") else {
        return;
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refuses(
        &atoll.run(["serve", "--listen", &address]).await,
        1,
        &[&address, "--listen"],
    );
}

#[tokio::test]
async fn the_exported_authority_is_the_served_one() {
    let Some(atoll) = Atoll::find_for("the_exported_authority_is_the_served_one") else {
        return;
    };
    // Clients can be told to trust it before there is a server.
    let before = atoll.run(["ca", "export"]).await.succeeds();
    assert!(
        before.starts_with("-----BEGIN CERTIFICATE-----\n"),
        "{before}"
    );
    let server = atoll.serve(&[]).await;
    let reply = server.nobody().get("/ca.pem").await;
    is(&reply, StatusCode::OK);
    assert_eq!(reply.text(), before);
    let local = atoll.run(["ca", "export"]).await;
    let said = local.stderr.clone();
    let fingerprint = said.strip_prefix("SHA-256 fingerprint: ").unwrap().trim();
    assert_eq!(local.succeeds(), before);
    // From elsewhere, where nothing is trusted yet: what has to be compared is said, or compared at once.
    let elsewhere = Atoll::find_for("the_exported_authority_is_the_served_one").unwrap();
    let export = ["ca", "export", "--server", server.url()];
    let blind = elsewhere.run(export).await;
    assert_eq!(blind.stdout, "", "{blind}");
    let again = format!("--fingerprint {fingerprint}");
    let words = ["not exported", "could not be verified (", &again];
    refuses(&blind, 1, &words);
    let with = |flag, value| [export.as_slice(), &[flag, value]].concat();
    let known = elsewhere.run(with("--fingerprint", fingerprint)).await;
    assert!(known.stderr.is_empty(), "{known}");
    assert_eq!(known.succeeds(), before);
    let wrong = fingerprint.replace(|c: char| c.is_ascii_digit(), "F");
    let refused = elsewhere.run(with("--fingerprint", &wrong)).await;
    refuses(&refused, 1, &[fingerprint, &wrong, "not exported"]);
    let ca = elsewhere.write("ca.pem", &before);
    let trusted = elsewhere.run(with("--ca", ca.to_str().unwrap())).await;
    assert_eq!(trusted.succeeds(), before);
    // An authority that is named is the only one that counts, and what it does not vouch for is not fetched at all.
    let named = elsewhere.program().env("ATOLL_CA", &ca);
    assert_eq!(named.run(export).await.succeeds(), before);
    let own = elsewhere.run(["ca", "export"]).await.succeeds();
    let other = elsewhere.write("other.pem", &own);
    let named = elsewhere.program().env("ATOLL_CA", &other);
    let known = with("--fingerprint", fingerprint);
    refuses(&named.run(known).await, 1, &["failed to reach"]);
    // Only the flag leads elsewhere.
    let named = elsewhere.program().env("ATOLL_SERVER", server.url());
    assert_eq!(named.run(["ca", "export"]).await.succeeds(), own);
    server.stop().await;
    let rotated = atoll.run(["ca", "rotate"]).await.succeeds();
    assert_ne!(rotated, before);
    let server = atoll.serve(&[]).await;
    assert_eq!(server.nobody().get("/ca.pem").await.text(), rotated);
    server.stop().await;
}

#[tokio::test]
async fn what_git_left_when_the_server_was_killed_is_removed_at_the_start() {
    let test = "what_git_left_when_the_server_was_killed_is_removed_at_the_start";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let left = |name: &str| {
        let directory = atoll.data_dir().join(name);
        std::fs::create_dir_all(directory.join("repository.git")).unwrap();
        std::fs::write(directory.join("repository.git/pack"), "x").unwrap();
        directory
    };
    let (ours, other) = (left("atoll-git-Xy12z3"), left("atoll-gitea"));
    let server = atoll.serve_plainly().await;
    assert!(!ours.exists());
    assert!(other.join("repository.git/pack").exists());
    // Whoever does not get the lock touches nothing.
    let ours = left("atoll-git-aBcdef");
    let second = ["serve", "--no-tls", "--listen", "127.0.0.1:0"];
    refuses(&atoll.run(second).await, 1, &["already"]);
    assert!(ours.exists());
    server.stop().await;
}
