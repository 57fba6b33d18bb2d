//! Lists: upstream's own, and what is held when it does not answer.

use std::time::Duration;

use atoll_app::mirror::{FetchRight, MirrorError, ServedFrom};
use atoll_app::upstreams::UpstreamMode;
use atoll_core::kind::ErrorKind;
use atoll_testkit::registry::Fault;
use futures_util::future::join_all;

use super::world::{CORAL, Setup, World, addr, chain, client, eventually, platform, versions};

#[tokio::test]
async fn a_cold_list_is_fetched_and_then_a_hit() {
    let world = World::new().await;
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .platform("linux_amd64")
        .warning("moved");
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.1.0+b")
        .platform("darwin_arm64")
        .protocols(&["6.0"]);

    let cold = world.list(CORAL).await.unwrap();
    assert_eq!(versions(&cold), ["1.0.0", "1.1.0+b"]);
    assert_eq!(cold.versions[1].platforms, [platform("darwin_arm64")]);
    assert_eq!(cold.versions[1].protocols, ["6.0"]);
    assert_eq!(&*cold.warnings, ["moved"]);
    assert_eq!(cold.freshness.served_from, ServedFrom::Fetched);

    let warm = world.list(CORAL).await.unwrap();
    assert_eq!(warm.freshness.served_from, ServedFrom::Hit);
    assert!(warm.freshness.age_secs.is_some());
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn what_upstream_said_survives_a_restart() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.list(CORAL).await.unwrap();
    world.restart(Setup::default());
    assert_eq!(
        world.list(CORAL).await.unwrap().freshness.served_from,
        ServedFrom::Hit
    );
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn many_clients_cause_one_fetch() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world
        .upstream
        .fault(Fault::delay(Duration::from_millis(100)).on("*/versions"));
    let lists = join_all((0..40).map(|_| world.list(CORAL))).await;
    assert!(
        lists
            .iter()
            .all(|list| versions(list.as_ref().unwrap()) == ["1.0.0"])
    );
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn policy_leaves_versions_out_and_refuses_whole_providers() {
    let world = World::with(Setup::policy(|policy| {
        policy.patterns.allow = Some(
            ["acme/*"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect(),
        );
        policy.patterns.exclude = ["acme/coral < 2"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
    }))
    .await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.offer(CORAL, "2.0.0", &["linux_amd64"]);
    world.offer("other/reef", "1.0.0", &["linux_amd64"]);
    assert_eq!(versions(&world.list(CORAL).await.unwrap()), ["2.0.0"]);
    let error = world.list("other/reef").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    let error = world.version(CORAL, "1.0.0").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(world.upstream.requests_to("*reef*").is_empty());
    assert!(world.upstream.requests_to("*1.0.0*").is_empty());
}

#[tokio::test]
async fn an_unknown_provider_is_remembered_as_such() {
    let world = World::new().await;
    for _ in 0..3 {
        let error = world.list("acme/nothing").await.unwrap_err();
        assert!(matches!(error, MirrorError::NotFound { .. }), "{error}");
    }
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
    let error = world
        .mirrors
        .list(&"other.example/a/b".parse().unwrap(), &client())
        .await
        .unwrap_err();
    assert!(matches!(error, MirrorError::UnknownHost(_)));
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_upstream_that_is_gone_is_left_alone_and_what_is_held_is_listed() {
    let mut world = World::with(Setup::policy(|policy| {
        policy.retrieval_cache_period_secs = 0;
    }))
    .await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    world.offer(CORAL, "2.0.0", &["linux_amd64"]);
    let zip = world.zip(CORAL, "1.0.0", "linux_amd64").await;
    world.read(&zip).await.unwrap();
    world.upstream.stop().await;

    let stale = world.list(CORAL).await.unwrap();
    assert_eq!(stale.freshness.served_from, ServedFrom::Stale);
    assert_eq!(versions(&stale), ["1.0.0"]);
    assert_eq!(stale.versions[0].platforms, [platform("linux_amd64")]);

    let assumed = world.list(CORAL).await.unwrap();
    assert_eq!(assumed.freshness.served_from, ServedFrom::Offline);
    for error in [
        world.list("acme/never-seen").await.unwrap_err(),
        world.version(CORAL, "2.0.0").await.unwrap_err(),
    ] {
        assert!(
            matches!(error, MirrorError::AssumedOffline { .. }),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::UpstreamAway);
        assert!(error.to_string().contains("offline"), "{error}");
    }
}

#[tokio::test]
async fn an_upstream_that_fails_is_an_error_where_nothing_is_held() {
    let world = World::new().await;
    world.upstream.fault(Fault::status(500).on("*/versions"));
    let error = world.list(CORAL).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed, "{}", chain(&error));
    world.upstream.clear_faults();
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    assert_eq!(versions(&world.list(CORAL).await.unwrap()), ["1.0.0"]);
}

#[tokio::test]
async fn offline_lists_hold_what_is_held() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64", "darwin_arm64"]);
    world.offer(CORAL, "2.0.0", &["linux_amd64"]);
    let zip = world.zip(CORAL, "1.0.0", "darwin_arm64").await;
    world.read(&zip).await.unwrap();
    world.version(CORAL, "2.0.0").await.unwrap();
    world.upstream.clear_requests();

    let by_mode = Setup::policy(|policy| policy.mode = UpstreamMode::Offline);
    let by_schedule = Setup::policy(|policy| policy.mode = UpstreamMode::Scheduled);
    let by_switch = Setup {
        offline: true,
        ..Setup::default()
    };
    for (setup, word) in [
        (by_mode, "offline"),
        (by_switch, "offline"),
        (by_schedule, "mirror sync"),
    ] {
        world.restart(setup);
        let list = world.list(CORAL).await.unwrap();
        assert_eq!(versions(&list), ["1.0.0"]);
        assert_eq!(list.versions[0].platforms, [platform("darwin_arm64")]);
        assert_eq!(list.freshness.served_from, ServedFrom::Offline);
        let error = world.list("acme/nothing").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(word), "{error}");
        assert!(world.read(&zip).await.is_ok());
        let held = world.version(CORAL, "1.0.0").await.unwrap().captured;
        assert_eq!(held.platforms.len(), 1);
        let error = world.version(CORAL, "2.0.0").await.unwrap_err();
        assert!(matches!(error, MirrorError::Offline { .. }), "{error}");
    }
    assert!(world.upstream.requests().is_empty());

    world.restart(Setup::policy(|policy| policy.blacked_out = true));
    let error = world.list(CORAL).await.unwrap_err();
    assert!(matches!(error, MirrorError::BlackedOut { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn who_may_not_fetch_reads_what_is_held() {
    let world = World::new().await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.offer(CORAL, "2.0.0", &["linux_amd64"]);
    let stranger = FetchRight::No;
    let error = world
        .mirrors
        .list(&addr(CORAL), &stranger)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    assert!(error.to_string().contains("token"), "{error}");
    assert!(world.upstream.requests().is_empty());

    let zip = world.zip(CORAL, "1.0.0", "linux_amd64").await;
    let error = world
        .mirrors
        .list(&addr(CORAL), &stranger)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    let Err(error) = world.mirrors.open(&zip, &stranger).await else {
        panic!("it was opened")
    };
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    world.read(&zip).await.unwrap();
    let list = world.mirrors.list(&addr(CORAL), &stranger).await.unwrap();
    assert_eq!(versions(&list), ["1.0.0"]);
    assert!(world.mirrors.open(&zip, &stranger).await.is_ok());
}

#[tokio::test]
async fn a_slow_upstream_is_waited_for_in_the_background() {
    let world = World::with(Setup::patience(Duration::from_millis(80))).await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.upstream.fault(
        Fault::delay(Duration::from_millis(400))
            .on("*/versions")
            .times(1),
    );
    let error = world.list(CORAL).await.unwrap_err();
    assert!(matches!(error, MirrorError::TooSlow { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UpstreamAway);
    assert_eq!(error.retry_after_secs(), Some(2));
    eventually("the list is here", || async {
        world.list(CORAL).await.is_ok()
    })
    .await;
    assert_eq!(world.upstream.requests_to("*/versions").len(), 1);
}

#[tokio::test]
async fn a_client_with_too_many_misses_is_told_to_slow_down() {
    let world = World::with(Setup::misses(2)).await;
    for name in ["acme/one", "acme/two"] {
        assert_eq!(
            world.list(name).await.unwrap_err().kind(),
            ErrorKind::NotFound
        );
    }
    let error = world.list("acme/three").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyRequests);
    // What is known already costs nothing.
    assert_eq!(
        world.list("acme/one").await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let other = FetchRight::of_client("somebody else");
    let error = world
        .mirrors
        .list(&addr("acme/three"), &other)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
