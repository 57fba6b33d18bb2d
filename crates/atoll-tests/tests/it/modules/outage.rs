//! Upstreams that fail, and what they said before.

use std::time::Duration;

use atoll_app::upstreams::Anonymous;
use atoll_testkit::registry::Fault;
use http::StatusCode;

use super::world::{HOST, REEF, World, eventually, location};

#[tokio::test]
async fn a_failing_upstream_is_never_a_missing_module() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    world.offer_greeting(REEF, "2.0.0");
    location(&world.download(REEF, "1.0.0").await);
    world.upstream.fault(Fault::status(502).on("/v1/modules/*"));
    let reply = world.download(REEF, "2.0.0").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{}", reply.text());
    // What is held goes on.
    location(&world.download(REEF, "1.0.0").await);
    let list = world
        .get(&format!(
            "/hosts/{HOST}/v1/modules/coder/unknown/coder/versions"
        ))
        .await;
    assert_eq!(list.status, StatusCode::BAD_GATEWAY);
    world.upstream.clear_faults();
    location(&world.download(REEF, "2.0.0").await);
}

#[tokio::test]
async fn a_slow_package_goes_on_in_the_background() {
    let world = World::with(|setup| setup.limits.patience = Duration::from_millis(300)).await;
    world.offer_greeting(REEF, "1.0.0");
    world
        .upstream
        .fault(Fault::delay(Duration::from_secs(1)).on("/archives/*"));
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), "2");
    eventually(async || {
        let reply = world.download(REEF, "1.0.0").await;
        (reply.status == StatusCode::NO_CONTENT).then_some(())
    })
    .await;
    assert_eq!(world.upstream.requests_to("/archives/*").len(), 1);
}

/// All that upstream is asked for one answer shares one patience.
#[tokio::test]
async fn details_wait_once() {
    let patience = Duration::from_secs(3);
    let world = World::with(|setup| setup.limits.patience = patience).await;
    world.offer_greeting(REEF, "1.0.0");
    let upstream = &world.upstream;
    upstream.fault(Fault::delay(patience * 5 / 6).on("/v1/modules/*/versions"));
    upstream.fault(Fault::delay(patience * 10).on("/archives/*"));
    let begun = std::time::Instant::now();
    let reply = world.get(&format!("/hosts/{HOST}/v1/modules/{REEF}")).await;
    let waited = begun.elapsed();
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(waited >= patience, "{waited:?}");
    assert!(waited < patience * 5 / 3, "{waited:?}");
}

#[tokio::test]
async fn many_clients_cause_one_fetch() {
    let world = World::new().await;
    world.offer_greeting(REEF, "1.0.0");
    let asked = (0..20).map(|_| world.download(REEF, "1.0.0"));
    for reply in futures_util::future::join_all(asked).await {
        location(&reply);
    }
    assert_eq!(world.upstream.requests_to("/archives/*").len(), 1);
}

#[tokio::test]
async fn what_upstream_does_not_have_is_remembered_for_its_spelling() {
    let world = World::new().await;
    for _ in 0..3 {
        let reply = world.download("coder/absent/coder", "1.0.0").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.upstream.requests_to("/v1/modules/*").len(), 1);
    world.offer_greeting("coder/Absent/coder", "1.0.0");
    location(&world.download("coder/Absent/coder", "1.0.0").await);
}

#[tokio::test]
async fn only_a_token_may_fetch_where_the_operator_says_so() {
    let world = World::with(|setup| setup.policy.anonymous = Anonymous::Read).await;
    world.offer_greeting(REEF, "1.0.0");
    let reply = world.download(REEF, "1.0.0").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(reply.text().contains("only a token"), "{}", reply.text());
    let robot = world.server().robot("pull:modules/*").await;
    let path = format!("/hosts/{HOST}/v1/modules/{REEF}/1.0.0/download");
    location(&robot.get(&path).await);
    location(&world.download(REEF, "1.0.0").await);
}
