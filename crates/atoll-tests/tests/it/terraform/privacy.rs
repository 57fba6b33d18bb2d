//! What leaves the server: credentials go where they were configured for, and clients are never sent to the internet.

use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::server::Reply;
use atoll_upstream::{Credential, SecretText};
use http::StatusCode;

use super::world::{CORAL, LINUX, World, mirror, package, registry};

const SECRET: &str = "the-operators-secret";

#[tokio::test]
async fn an_upstreams_token_goes_to_the_upstream_alone() {
    let elsewhere = FakeRegistry::start().await;
    let allowed = elsewhere.host().parse().unwrap();
    let world = World::with(|setup| {
        setup.settings.credential = Credential::Bearer(SecretText::new(SECRET));
        setup.settings.allow_addresses = vec![allowed];
    })
    .await;
    world.upstream.require_token(Some(SECRET));
    world.offer(CORAL, "1.0.0", &[LINUX]);
    drop(elsewhere.provider(CORAL).version("1.0.0").platform(LINUX));
    let elsewhere_url = elsewhere.url();
    world
        .upstream
        .set_files_origin(Some(elsewhere_url.as_str()));
    let robot = world.server().robot("pull:providers/*").await;
    let document = robot.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(document.status, StatusCode::OK, "{}", document.text());
    let url = document.json()["archives"][LINUX]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(robot.get(&url).await.status, StatusCode::OK);

    let own = format!("Bearer {SECRET}");
    assert!(
        world
            .upstream
            .requests()
            .iter()
            .all(|request| request.header("authorization") == Some(&own))
    );
    assert!(!elsewhere.requests_to("*.zip").is_empty());
    for request in elsewhere.requests() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
    // Nor does what a client sends go on to anybody.
    let token = robot.token().unwrap();
    for request in world
        .upstream
        .requests()
        .into_iter()
        .chain(elsewhere.requests())
    {
        assert!(!format!("{request:?}").contains(token), "{request:?}");
    }
}

#[tokio::test]
async fn an_address_learnt_from_an_answer_is_dialled_only_where_it_is_allowed() {
    let elsewhere = FakeRegistry::start().await;
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    drop(elsewhere.provider(CORAL).version("1.0.0").platform(LINUX));
    world
        .upstream
        .set_files_origin(Some(elsewhere.url().as_str()));
    let reply = world.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn no_answer_leads_upstream_cold_or_warm() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX]);
    let upstream = world.upstream.host();
    let check = |reply: &Reply, path: &str| {
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert!(
            !reply.text().contains(&upstream),
            "{path}: {}",
            reply.text()
        );
        assert!(
            !format!("{:?}", reply.headers).contains(&upstream),
            "{path}: {:?}",
            reply.headers
        );
        assert!(!reply.headers.contains_key("location"), "{path}");
    };
    for _ in ["cold", "warm"] {
        for path in [
            registry(CORAL, "versions"),
            package(CORAL, "1.0.0", LINUX),
            mirror(CORAL, "index.json"),
            mirror(CORAL, "1.0.0.json"),
        ] {
            let reply = world.get(&path).await;
            check(&reply, &path);
            let text = reply.text();
            let urls = text.split('"').filter(|part| part.starts_with("/files/"));
            for url in urls {
                check(&world.get(url).await, url);
            }
            assert!(
                !text.contains("http://") && !text.contains("https://"),
                "an absolute address: {text}"
            );
        }
    }
}
