//! Archive addresses: each is itself the right to read one file, for a while.

use atoll_app::Grant;
use atoll_app::access::Purpose;
use atoll_app::upstreams::Anonymous;
use atoll_core::digest::Digest;
use atoll_core::repository::RepositoryName;
use atoll_testkit::server::{Client, Reply, TestServer};
use atoll_testkit::zips;
use http::{Method, StatusCode};

use super::world::{CORAL, LINUX, World};

const FILE: &str = "terraform-provider-coral_1.0.0_linux_amd64.zip";

fn coral_zip() -> Vec<u8> {
    zips::provider("coral", "1.0.0", LINUX).to_vec()
}

async fn world() -> (World, String) {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let url = world.archive_url(CORAL, "1.0.0", LINUX).await;
    (world, url)
}

async fn get_with(client: &Client, url: &str, name: &str, value: &str) -> Reply {
    client
        .send(client.request(Method::GET, url).header(name, value))
        .await
}

/// The address that this grant would have.
fn sealed(server: &TestServer, purpose: Purpose, grant: &Grant) -> String {
    format!("/files/{}/{FILE}", server.app().sealer.seal(purpose, grant))
}

fn grant() -> Grant {
    Grant {
        digest: Digest::sha256(&coral_zip()),
        repository: "providers/tf.example/acme/coral".parse().unwrap(),
        client: Some("somebody".to_owned()),
        expires_at_secs: atoll_app::now().as_secs() + 60,
    }
}

#[tokio::test]
async fn an_address_works_again_and_again_and_needs_no_token() {
    let (world, url) = world().await;
    for _ in 0..3 {
        let reply = world.get(&url).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "application/zip");
        assert_eq!(reply.header("accept-ranges"), "bytes");
        assert_eq!(
            reply.header("content-length"),
            coral_zip().len().to_string()
        );
        assert_eq!(
            reply.header("content-encoding"),
            "",
            "zips are never encoded anew"
        );
        assert_eq!(reply.body, coral_zip());
    }
    assert_eq!(world.zip_downloads(), 1);
}

#[tokio::test]
async fn what_a_client_sends_along_does_not_matter() {
    let (world, url) = world().await;
    let forged = format!("Bearer atoll_abcdefgh_{}", "A".repeat(43));
    // A .netrc sends Basic with whatever it has.
    for credential in ["Basic bmV0cmM6d3Jvbmc=", "Bearer of-somebody-else", &forged] {
        let reply = get_with(&world.nobody(), &url, "authorization", credential).await;
        assert_eq!(
            reply.status,
            StatusCode::OK,
            "{credential}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn head_says_how_long_it_is_and_starts_nothing() {
    let (world, url) = world().await;
    world.upstream.clear_requests();
    let reply = world.nobody().head(&url).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.header("content-length"),
        coral_zip().len().to_string()
    );
    assert_eq!(reply.header("content-type"), "application/zip");
    assert_eq!(reply.header("accept-ranges"), "bytes");
    assert!(reply.body.is_empty());
    assert!(
        world.upstream.requests().is_empty(),
        "{:?}",
        world.upstream.requests()
    );
    assert_eq!(world.get(&url).await.body, coral_zip());
    assert_eq!(
        world.nobody().head(&url).await.header("content-length"),
        coral_zip().len().to_string()
    );
}

#[tokio::test]
async fn ranges_are_served_cold_and_warm() {
    let (world, url) = world().await;
    let zip = coral_zip();
    let client = world.nobody();
    // The first of them finds nothing here.
    for _ in 0..2 {
        let reply = get_with(&client, &url, "range", "bytes=10-19").await;
        assert_eq!(reply.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(
            reply.header("content-range"),
            format!("bytes 10-19/{}", zip.len())
        );
        assert_eq!(reply.body, zip[10..20]);
    }
    let reply = get_with(&client, &url, "range", "bytes=-5").await;
    assert_eq!(reply.body, zip[zip.len() - 5..]);
    let reply = get_with(&client, &url, "range", "bytes=100000-").await;
    assert_eq!(reply.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        reply.header("content-range"),
        format!("bytes */{}", zip.len())
    );
    let reply = get_with(&client, &url, "range", "lines=1-2").await;
    assert_eq!(
        (reply.status, reply.body.len()),
        (StatusCode::OK, zip.len())
    );
}

#[tokio::test]
async fn a_client_that_holds_it_is_told_so() {
    let (world, url) = world().await;
    let tag = world.get(&url).await.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let reply = get_with(&world.nobody(), &url, "if-none-match", &tag).await;
    assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
    assert!(reply.body.is_empty());
}

#[tokio::test]
async fn an_address_that_has_expired_is_gone() {
    let (world, _) = world().await;
    let good = sealed(world.server(), Purpose::Grant, &grant());
    assert_eq!(world.get(&good).await.status, StatusCode::OK);
    let expired = Grant {
        expires_at_secs: atoll_app::now().as_secs() - 1,
        ..grant()
    };
    refused(&world, &sealed(world.server(), Purpose::Grant, &expired)).await;
}

#[tokio::test]
async fn an_address_outlives_a_restart() {
    let (mut world, url) = world().await;
    world.restart(|_| {}).await;
    assert_eq!(world.get(&url).await.body, coral_zip());
}

#[tokio::test]
async fn an_address_that_was_not_given_here_is_nothing() {
    let (world, url) = world().await;
    let elsewhere = TestServer::start().await;
    let (grant_text, _) = url
        .strip_prefix("/files/")
        .unwrap()
        .split_once('/')
        .unwrap();
    // Every character counts, the last few bits of the last one excepted.
    let mut hostile: Vec<String> = (0..grant_text.len() - 1)
        .step_by(7)
        .map(|at| changed_at(grant_text, at))
        .collect();
    hostile.extend(
        [
            "x",
            "..",
            "%00",
            "a/b",
            grant_text.split_at(1).1,
            &"A".repeat(30_000),
        ]
        .map(str::to_owned),
    );
    let mut urls: Vec<String> = hostile
        .into_iter()
        .map(|text| format!("/files/{text}/{FILE}"))
        .collect();
    urls.push(sealed(world.server(), Purpose::Bearer, &grant()));
    urls.push(sealed(world.server(), Purpose::Upload, &grant()));
    urls.push(sealed(&elsewhere, Purpose::Grant, &grant()));
    for url in urls {
        refused(&world, &url).await;
    }
}

#[tokio::test]
async fn a_grant_opens_one_file_of_one_repository() {
    let (world, _) = world().await;
    let other: RepositoryName = "providers/tf.example/acme/reef".parse().unwrap();
    let unknown = Digest::sha256(b"not stored");
    for wrong in [
        Grant {
            repository: other,
            ..grant()
        },
        Grant {
            digest: unknown,
            ..grant()
        },
    ] {
        refused(&world, &sealed(world.server(), Purpose::Grant, &wrong)).await;
    }
}

#[tokio::test]
async fn a_grant_fetches_only_for_those_who_may() {
    let world = World::with(|setup| setup.policy.anonymous = Anonymous::Read).await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let robot = world.server().robot("pull:providers/*").await;
    let captured = robot.get(&super::world::mirror(CORAL, "1.0.0.json")).await;
    let for_robot = captured.json()["archives"][LINUX]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let for_nobody = sealed(
        world.server(),
        Purpose::Grant,
        &Grant {
            client: None,
            ..grant()
        },
    );
    let reply = world.get(&for_nobody).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(
        reply.text().contains("only a token may fetch it"),
        "{}",
        reply.text()
    );
    assert_eq!(world.zip_downloads(), 0);
    // The client sends no token to it: the address tells on whose account it is.
    assert_eq!(world.get(&for_robot).await.body, coral_zip());
    assert_eq!(world.get(&for_nobody).await.body, coral_zip());
}

/// The text with another character at a place.
fn changed_at(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

async fn refused(world: &World, url: &str) {
    for method in [Method::GET, Method::HEAD] {
        let client = world.nobody();
        let reply = client.send(client.request(method.clone(), url)).await;
        // A request line may be too long for the server to read at all.
        let expected = [
            StatusCode::NOT_FOUND,
            StatusCode::URI_TOO_LONG,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ];
        assert!(
            expected.contains(&reply.status),
            "{method} {url}: {}",
            reply.status
        );
    }
}
