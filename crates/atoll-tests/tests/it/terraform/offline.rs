//! Offline: nothing is dialled, and what is held is served.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use atoll_app::upstreams::UpstreamMode;
use http::StatusCode;

use super::world::{CORAL, LINUX, World, mirror, package, registry};

/// Something in upstream's place that answers nobody and notices everybody: who connects waits in its queue.
struct Trap(TcpListener);

impl Trap {
    fn on(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn nobody_came(&self) {
        let came = self.0.accept();
        assert!(
            came.as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
            "somebody dialled: {came:?}"
        );
    }
}

/// A world that holds one platform of two, whose upstream is a trap now.
async fn filled() -> (World, Trap) {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    world.offer(CORAL, "2.0.0", &[LINUX]);
    world.offer("acme/reef", "1.0.0", &[LINUX]);
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    world.has_h1(CORAL, "1.0.0", LINUX).await;
    let port = world.upstream.port();
    world.upstream.stop().await;
    (world, Trap::on(port))
}

async fn serves_what_is_held(world: &World) {
    let index = world.get(&mirror(CORAL, "index.json")).await;
    assert_eq!(
        index.text(),
        r#"{"versions":{"1.0.0":{}}}"#,
        "only what can be served is listed"
    );
    assert_eq!(index.header("x-atoll-cache"), "offline");
    let versions = world.get(&registry(CORAL, "versions")).await.json();
    assert_eq!(
        versions["versions"][0]["platforms"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "{versions}"
    );
    let archives = world.archives(CORAL, "1.0.0").await;
    assert_eq!(
        archives.as_object().unwrap().keys().collect::<Vec<_>>(),
        [LINUX],
        "only what can be served is listed"
    );
    assert_eq!(
        world.get(&package(CORAL, "1.0.0", LINUX)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_offline_server_serves_what_it_holds_and_dials_nobody() {
    let (mut world, trap) = filled().await;
    world.restart(|setup| setup.offline = true).await;
    serves_what_is_held(&world).await;
    let missing = [
        mirror("acme/reef", "index.json"),
        mirror(CORAL, "2.0.0.json"),
        package(CORAL, "1.0.0", "darwin_arm64"),
        registry("acme/reef", "versions"),
        "/v2/providers/tf.example/acme/reef/tags/list".to_owned(),
        "/v2/providers/tf.example/acme/coral/manifests/2.0.0".to_owned(),
    ];
    for path in missing {
        let reply = world.get(&path).await;
        assert_eq!(
            reply.status,
            StatusCode::NOT_FOUND,
            "{path}: {}",
            reply.text()
        );
    }
    trap.nobody_came();
}

#[tokio::test]
async fn an_upstream_that_is_offline_is_not_dialled_either() {
    let (mut world, trap) = filled().await;
    world
        .restart(|setup| setup.policy.mode = UpstreamMode::Offline)
        .await;
    serves_what_is_held(&world).await;
    let reply = world.get(&mirror("acme/reef", "index.json")).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.text().contains("offline"), "{}", reply.text());
    trap.nobody_came();
}

#[tokio::test]
async fn starting_dials_nobody() {
    let (mut world, trap) = filled().await;
    world.restart(|_| {}).await;
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(
        world.get("/.well-known/terraform.json").await.status,
        StatusCode::OK
    );
    trap.nobody_came();
}
