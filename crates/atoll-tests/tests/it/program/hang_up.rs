//! Clients that go away in the middle, and clients that take their time.

use atoll_core::digest::Digest;
use atoll_testkit::atoll::Atoll;
use http::{Method, StatusCode};

use super::wire::Connection;
use super::world::{eventually, is, noise, push_blob};

/// How much memory all slow readers together may take, in bytes, and how many there are.
const SLOW_READERS_BYTES_MAX: u64 = 64 << 20;
const SLOW_READERS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_broke_off() {
    let Some(atoll) = Atoll::find_for("an_upload_goes_on_where_it_broke_off") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let token = atoll.token("push:acme/app").await;
    let client = server.client(&token);
    let blob = noise(1, 1_000_000);
    let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
    let session = opened.header("location").to_owned();
    let path = session.strip_prefix(server.url()).unwrap_or(&session);

    let mut connection = Connection::open(&server).await;
    connection
        .request(
            "PATCH",
            path,
            &token,
            &format!("content-length: {}\r\n", blob.len()),
        )
        .await;
    connection.send(&blob[..300_000]).await;
    // A server that had not begun to read may see the end first, and what it never read does not count.
    eventually("the request has begun", async || {
        client.get(&session).await.header("range") != "0-0"
    })
    .await;
    drop(connection);
    eventually("what arrived is kept", async || {
        client.get(&session).await.header("range") == "0-299999"
    })
    .await;

    // Wrong continuations are refused and change nothing.
    let at = |start: usize| format!("{start}-{}", blob.len() - 1);
    let go_on_at = async |start: usize| {
        let request = client
            .request(Method::PATCH, &session)
            .header("content-range", at(start));
        client.send(request.body(blob.slice(start..))).await
    };
    is(&go_on_at(300_001).await, StatusCode::RANGE_NOT_SATISFIABLE);
    is(&go_on_at(0).await, StatusCode::RANGE_NOT_SATISFIABLE);
    is(&go_on_at(300_000).await, StatusCode::ACCEPTED);
    let digest = Digest::sha256(&blob);
    is(
        &client
            .put(
                &format!("{session}?digest={digest}"),
                "application/octet-stream",
                "",
            )
            .await,
        StatusCode::CREATED,
    );
    assert_eq!(
        client
            .get(&format!("/v2/acme/app/blobs/{digest}"))
            .await
            .body,
        blob
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_survives_a_crash_of_the_server() {
    let Some(atoll) = Atoll::find_for("an_upload_survives_a_crash_of_the_server") else {
        return;
    };
    let token = atoll.token("push:acme/app").await;
    let server = atoll.serve_plainly().await;
    let client = server.client(&token);
    let blob = noise(1, 500_000);
    let opened = client.post("/v2/acme/app/blobs/uploads/", "").await;
    let session = opened.header("location").to_owned();
    let first = client
        .send(
            client
                .request(Method::PATCH, &session)
                .body(blob.slice(..200_000)),
        )
        .await;
    is(&first, StatusCode::ACCEPTED);
    let session = first.header("location").to_owned();
    server.kill().await;

    let server = atoll.serve_plainly().await;
    let client = server.client(&token);
    let kept = client.get(&session).await;
    is(&kept, StatusCode::NO_CONTENT);
    assert_eq!(kept.header("range"), "0-199999");
    let digest = Digest::sha256(&blob);
    let finished = client
        .put(
            &format!("{session}?digest={digest}"),
            "application/octet-stream",
            blob.slice(200_000..),
        )
        .await;
    is(&finished, StatusCode::CREATED);
    assert_eq!(
        client
            .get(&format!("/v2/acme/app/blobs/{digest}"))
            .await
            .body,
        blob
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_go_away_leave_nothing_behind() {
    let Some(atoll) = Atoll::find_for("readers_that_go_away_leave_nothing_behind") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let token = atoll.token("push:acme/app").await;
    let client = server.client(&token);
    let blob = noise(1, 8 << 20);
    is(
        &push_blob(&client, "acme/app", blob.clone()).await,
        StatusCode::CREATED,
    );
    let path = format!("/v2/acme/app/blobs/{}", Digest::sha256(&blob));
    assert_eq!(client.get(&path).await.body, blob);
    let open_before = server.open_files();
    for _ in 0..30 {
        let mut connection = Connection::open(&server).await;
        connection.request("GET", &path, &token, "").await;
        connection.head().await;
        connection.body(100_000).await;
    }
    eventually("their sockets and files are closed", async || {
        server.open_files() <= open_before
    })
    .await;
    assert_eq!(client.get(&path).await.body, blob);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_take_little_memory() {
    let Some(atoll) = Atoll::find_for("slow_readers_take_little_memory") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let token = atoll.token("push:acme/app").await;
    let client = server.client(&token);
    let blob = noise(1, 32 << 20);
    is(
        &push_blob(&client, "acme/app", blob.clone()).await,
        StatusCode::CREATED,
    );
    let path = format!("/v2/acme/app/blobs/{}", Digest::sha256(&blob));
    // What one reader needs is there before it is measured.
    assert_eq!(client.get(&path).await.body, blob);
    let before = server.anonymous_bytes();
    let mut readers = Vec::new();
    for _ in 0..SLOW_READERS {
        let mut connection = Connection::open(&server).await;
        connection.request("GET", &path, &token, "").await;
        readers.push(connection);
    }
    let mut grown = 0;
    for _ in 0..20 {
        for reader in &mut readers {
            reader.body(4096).await;
        }
        grown = grown.max(server.anonymous_bytes().saturating_sub(before));
    }
    println!("{SLOW_READERS} slow readers took {} KiB", grown >> 10);
    assert!(
        grown < SLOW_READERS_BYTES_MAX,
        "{SLOW_READERS} slow readers took {grown} bytes"
    );
    // Nobody else waits for them.
    assert_eq!(client.get(&path).await.body, blob);
    drop(readers);
    server.stop().await;
}

/// The same through TLS, which has buffers of its own, each on a connection of its own.
#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_of_tls_take_little_memory() {
    let Some(atoll) = Atoll::find_for("slow_readers_of_tls_take_little_memory") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    let token = atoll.token("push:acme/app").await;
    let client = server.client(&token);
    let blob = noise(1, 32 << 20);
    is(
        &push_blob(&client, "acme/app", blob.clone()).await,
        StatusCode::CREATED,
    );
    let path = format!("/v2/acme/app/blobs/{}", Digest::sha256(&blob));
    assert_eq!(client.get(&path).await.body, blob);
    let before = server.anonymous_bytes();
    let mut readers = Vec::new();
    for _ in 0..SLOW_READERS {
        let reader = server.client(&token);
        readers.push((
            reader.request(Method::GET, &path).send().await.unwrap(),
            reader,
        ));
    }
    let mut grown = 0;
    for _ in 0..3 {
        for (response, _) in &mut readers {
            assert!(response.chunk().await.unwrap().is_some());
        }
        grown = grown.max(server.anonymous_bytes().saturating_sub(before));
    }
    println!(
        "{SLOW_READERS} slow readers of TLS took {} KiB",
        grown >> 10
    );
    assert!(
        grown < SLOW_READERS_BYTES_MAX,
        "{SLOW_READERS} slow readers took {grown} bytes"
    );
    assert_eq!(client.get(&path).await.body, blob);
    drop(readers);
    server.stop().await;
}
