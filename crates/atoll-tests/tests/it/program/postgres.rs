//! PostgreSQL in the place of SQLite: the same answers, and replicas that agree at once.

use std::time::{Duration, Instant};

use atoll_db::DatabaseUrl;
use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::{Client, Mirrored, TestServer};
use atoll_testkit::skip::skip;
use atoll_testkit_postgres::Cluster;
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::json;

use super::load::{HOST, Kind, Load, holds, is_sound, lists_nothing_by_halves, mirroring, offer};
use super::world::{
    CORAL, LINUX, Release, eventually, is, manifest_of, noise, push_blob, push_image, reads_whole,
    refuses, register_key, tags,
};

/// How long replicas may take to hear of a revoked token: the ten seconds that are promised, and time to ask.
const REVOKED_EVERYWHERE: Duration = Duration::from_secs(12);

/// An empty database; says that the test is skipped where there is no PostgreSQL.
fn database(test: &str) -> Option<String> {
    let Some(cluster) = Cluster::shared().unwrap() else {
        skip(test, "PostgreSQL", "apt-get install postgresql");
        return None;
    };
    Some(cluster.create_database().unwrap())
}

/// Two servers on one database and one store.
struct Replicas {
    one: TestServer,
    other: TestServer,
}

impl Replicas {
    async fn start(test: &str) -> Option<Self> {
        let url: DatabaseUrl = database(test)?.parse().unwrap();
        let one = TestServer::builder().database(url.clone()).start().await;
        let other = TestServer::builder()
            .database(url)
            .beside(&one)
            .start()
            .await;
        Some(Self { one, other })
    }

    /// Somebody with the same token at both.
    async fn robots(&self, scopes: &str) -> (Client, Client) {
        let token = self.one.token(scopes).await;
        (
            self.one.nobody().with_token(&token),
            self.other.nobody().with_token(&token),
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_works_on_postgresql() {
    let test = "the_program_works_on_postgresql";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let Some(url) = database(test) else { return };
    let upstream = FakeRegistry::start().await;
    offer(&upstream, 0);
    atoll.write(
        "atoll.hcl",
        format!("database {{\n  url = {url:?}\n}}\n{}", mirroring(&upstream)),
    );
    // Without a server commands open the database themselves.
    let token = atoll.token("admin").await;
    Release::unsigned("7.0.0", &["linux_amd64", "darwin_arm64"])
        .publish(&atoll)
        .await
        .succeeds();
    register_key(&atoll).await;
    let server = atoll.serve_plainly().await;
    let load = Load::new(server.client(&token), 0);
    let mut clients = load.start(&mut super::load::Chance::new(test));
    for kind in Kind::ALL {
        load.did(kind).await;
    }
    server.kill().await;
    while let Some(ended) = clients.join_next().await {
        ended.unwrap();
    }
    let server = atoll.serve_plainly().await;
    let client = server.client(&token);
    holds(&client, &load.acknowledged()).await;
    lists_nothing_by_halves(&client).await;
    is_sound(&client).await;
    let listed = atoll
        .run(["list", "acme/coral = 7.0.0", "--json"])
        .await
        .succeeds();
    assert!(listed.contains("7.0.0"), "{listed}");
    atoll.run(["gc", "--dry-run"]).await.succeeds();
    atoll.run(["reindex"]).await.succeeds();
    server.stop().await;
    assert!(atoll.run(["fsck", "--verify-content"]).await.is_ok());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let Some(atoll) = Atoll::find_for("a_database_that_is_not_there_is_named_without_its_password")
    else {
        return;
    };
    let url = "postgres://atoll:hush@127.0.0.1:1/atoll";
    let ended = atoll
        .run([
            "serve",
            "--no-tls",
            "--listen",
            "127.0.0.1:0",
            "--database-url",
            url,
        ])
        .await;
    refuses(&ended, 1, &["database"]);
    assert!(!ended.stderr.contains("hush"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_at_one_replica_is_seen_at_the_other_at_once() {
    let Some(replicas) =
        Replicas::start("a_change_at_one_replica_is_seen_at_the_other_at_once").await
    else {
        return;
    };
    let (one, other) = replicas.robots("push:acme/* delete:acme/*").await;
    for round in 0..5 {
        let tag = format!("v{round}");
        push_image(&one, "acme/app", &tag, noise(round, 5000)).await;
        reads_whole(&other, "acme/app", &tag).await;
        assert_eq!(tags(&other, "acme/app").await, [tag.as_str()]);
        // Both have answered, and may have remembered.
        assert_eq!(tags(&one, "acme/app").await, [tag.as_str()]);
        is(
            &one.delete(&format!("/v2/acme/app/manifests/{tag}")).await,
            StatusCode::ACCEPTED,
        );
        is(
            &other.get(&format!("/v2/acme/app/manifests/{tag}")).await,
            StatusCode::NOT_FOUND,
        );
        assert_eq!(tags(&other, "acme/app").await, Vec::<String>::new());
    }
    // A tag that moves.
    for round in 0..5_u64 {
        let (writer, reader) = if round % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let layer = noise(100 + round, 3000);
        push_image(writer, "acme/app", "latest", layer.clone()).await;
        let read = reader.get("/v2/acme/app/manifests/latest").await;
        assert_eq!(read.text(), manifest_of(b"{}", &layer).to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_at_the_other_replica_at_once() {
    let Some(replicas) =
        Replicas::start("a_revoked_token_is_refused_at_the_other_replica_at_once").await
    else {
        return;
    };
    let (admin, _) = replicas.robots("admin").await;
    let made = admin
        .send(
            admin
                .request(Method::POST, "/api/v1/tokens")
                .json(&json!({"name": "ci", "scopes": ["pull:*"]})),
        )
        .await;
    is(&made, StatusCode::CREATED);
    let made = made.json();
    let user = replicas
        .other
        .nobody()
        .with_token(made["token"].as_str().unwrap());
    is(&user.get("/v2/").await, StatusCode::OK);
    is(
        &admin
            .delete(&format!("/api/v1/tokens/{}", made["id"].as_str().unwrap()))
            .await,
        StatusCode::NO_CONTENT,
    );
    let here = replicas
        .one
        .nobody()
        .with_token(made["token"].as_str().unwrap());
    is(&here.get("/v2/").await, StatusCode::UNAUTHORIZED);
    let revoked = Instant::now();
    eventually("the other replica has heard of it", async || {
        user.get("/v2/").await.status == StatusCode::UNAUTHORIZED
    })
    .await;
    assert!(
        revoked.elapsed() < REVOKED_EVERYWHERE,
        "after {:?}",
        revoked.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_replicas_may_make_a_new_repository_at_the_same_time() {
    let Some(replicas) =
        Replicas::start("both_replicas_may_make_a_new_repository_at_the_same_time").await
    else {
        return;
    };
    let (one, other) = replicas.robots("push:acme/*").await;
    for round in 0..5 {
        let repository = format!("acme/new-{round}");
        let mut pushes = tokio::task::JoinSet::new();
        for (number, client) in [&one, &other, &one, &other].into_iter().enumerate() {
            let (client, repository) = (client.clone(), repository.clone());
            pushes.spawn(async move {
                let layer = noise(u64::try_from(number).unwrap(), 20_000);
                push_image(&client, &repository, &format!("v{number}"), layer).await;
            });
        }
        while let Some(pushed) = pushes.join_next().await {
            pushed.unwrap();
        }
        for client in [&one, &other] {
            assert_eq!(tags(client, &repository).await, ["v0", "v1", "v2", "v3"]);
            for tag in ["v0", "v1", "v2", "v3"] {
                reads_whole(client, &repository, tag).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_blob_and_tag_from_both_replicas() {
    let Some(replicas) = Replicas::start("the_same_blob_and_tag_from_both_replicas").await else {
        return;
    };
    let (one, other) = replicas.robots("push:acme/*").await;
    let layer = noise(1, 500_000);
    let both = async |bytes: Bytes| {
        tokio::join!(
            push_blob(&one, "acme/app", bytes.clone()),
            push_blob(&other, "acme/app", bytes)
        )
    };
    for bytes in [Bytes::from_static(b"{}"), layer.clone()] {
        let (first, second) = both(bytes).await;
        is(&first, StatusCode::CREATED);
        is(&second, StatusCode::CREATED);
    }
    let manifest = manifest_of(b"{}", &layer);
    let put = async |client: &Client| {
        client
            .put(
                "/v2/acme/app/manifests/v1",
                manifest["mediaType"].as_str().unwrap(),
                manifest.to_string(),
            )
            .await
    };
    let (first, second) = tokio::join!(put(&one), put(&other));
    is(&first, StatusCode::CREATED);
    is(&second, StatusCode::CREATED);
    reads_whole(&one, "acme/app", "v1").await;
    reads_whole(&other, "acme/app", "v1").await;
    assert_eq!(tags(&other, "acme/app").await, ["v1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_fetched_is_a_hit_at_the_other() {
    let test = "what_one_replica_fetched_is_a_hit_at_the_other";
    let Some(url) = database(test) else { return };
    let url: DatabaseUrl = url.parse().unwrap();
    let mut upstream = FakeRegistry::start().await;
    drop(upstream.provider(CORAL).version("1.0.0").platform(LINUX));
    let mirrored = || Mirrored::at(HOST, upstream.url().as_str(), None);
    let one = TestServer::builder()
        .database(url.clone())
        .mirroring(mirrored())
        .start()
        .await;
    let other = TestServer::builder()
        .database(url)
        .beside(&one)
        .mirroring(mirrored())
        .start()
        .await;
    let fetch = async |client: Client| {
        let document = client
            .get(&format!("/mirror/{HOST}/{CORAL}/1.0.0.json"))
            .await;
        is(&document, StatusCode::OK);
        client
            .get(document.json()["archives"][LINUX]["url"].as_str().unwrap())
            .await
    };
    let first = fetch(one.nobody()).await;
    is(&first, StatusCode::OK);
    upstream.stop().await;
    let second = fetch(other.nobody()).await;
    is(&second, StatusCode::OK);
    assert_eq!(first.body, second.body);
}
