//! The docker engine, with a registry that it takes for one of the network.

use super::daemon::Daemon;
use super::image;
use super::relay::Relay;
use super::world::World;
use atoll_testkit::program::Program;
use atoll_testkit::server::TestServer;
use atoll_testkit::zips;

/// The name that the engine knows the server by. It checks no certificate of what is at 127.0.0.0/8.
const NAME: &str = "registry.atoll.test";

/// Another name of the server, under which the engine knows no authority.
const UNTRUSTED: &str = "untrusted.atoll.test";

/// The size of the layer that is pushed, in bytes: it comes in many parts.
const LAYER_BYTES: usize = 8 * 1024 * 1024;

/// An engine, and the server under a name.
struct Engine {
    docker: Program,
    host: String,
    relay: Relay,
    _daemon: Daemon,
}

impl Engine {
    async fn start(test: &str, world: &World) -> Option<Self> {
        world.program(test, "dockerd", "docker.io")?;
        let docker = world.program(test, "docker", "docker.io")?;
        if !world.can_run_containers(test).await {
            return None;
        }
        let relay = Relay::start(world.server.address()).await;
        let host = format!("{NAME}:{}", relay.address.port());
        world.write(
            "docker/etc-more/hosts",
            format!(
                "127.0.0.1 localhost\n{} {NAME} {UNTRUSTED}\n",
                relay.address.ip()
            ),
        );
        world.write(
            &format!("docker/etc-more/docker/certs.d/{host}/ca.crt"),
            world.server.ca_pem().unwrap(),
        );
        world.write("docker/etc-more/docker/daemon.json", "{}");
        let socket = format!("unix://{}", world.text("docker/socket"));
        let dir = |option: &str, name: &str| {
            format!("--{option}={}", world.text(&format!("docker/{name}")))
        };
        let command = [
            "dockerd".to_owned(),
            format!("--host={socket}"),
            dir("data-root", "data"),
            dir("exec-root", "exec"),
            dir("pidfile", "pidfile"),
            "--storage-driver=vfs".to_owned(),
            "--bridge=none".to_owned(),
            "--iptables=false".to_owned(),
            "--ip6tables=false".to_owned(),
            "--ip-forward=false".to_owned(),
        ];
        let mut daemon = Daemon::start(world, "docker", &command.each_ref().map(String::as_str));
        let docker = docker
            .env("DOCKER_HOST", socket)
            .env("DOCKER_CONFIG", world.path("docker-config"));
        daemon
            .until(async || docker.run(["version"]).await.is_ok())
            .await;
        Some(Self {
            docker,
            host,
            relay,
            _daemon: daemon,
        })
    }
}

#[tokio::test]
async fn an_image_is_pushed_and_pulled() {
    let world = World::with(TestServer::builder().named(NAME).named(UNTRUSTED)).await;
    let Some(engine) = Engine::start("docker: an image is pushed and pulled", &world).await else {
        return;
    };
    let Engine {
        docker,
        host,
        relay,
        ..
    } = &engine;
    if relay.address.is_ipv6() {
        let untrusted = format!("{UNTRUSTED}:{}/acme/hello:v1", relay.address.port());
        docker
            .run(["pull", &untrusted])
            .await
            .fails(1, &["certificate signed by unknown authority"]);
    }
    let token = world.server.token("push:acme/*").await;
    let login = ["login", "--username", "robot", "--password-stdin", host];
    docker
        .run_with_input(login, "wrong")
        .await
        .fails(1, &["unauthorized", "incorrect username or password"]);
    docker.run_with_input(login, &token).await.succeeds();
    world.write(
        "root.tar",
        image::tar(
            "hello",
            &[image::program(), zips::noise(LAYER_BYTES)].concat(),
        ),
    );
    let image = format!("{host}/acme/hello:v1");
    docker
        .run(["import", &world.text("root.tar"), &image])
        .await
        .succeeds();
    let pushed = docker.run(["push", &image]).await.succeeds();
    let digest = pushed
        .split("digest: ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    docker.run(["rmi", &image]).await.succeeds();
    docker
        .run(["image", "inspect", &image])
        .await
        .fails(1, &["no such image"]);
    assert!(
        docker
            .run(["pull", &image])
            .await
            .succeeds()
            .contains(&digest)
    );
    docker
        .run(["pull", &format!("{host}/acme/hello@{digest}")])
        .await
        .succeeds();
    // A second repository is given the layer that the first has.
    let copy = format!("{host}/acme/copy:v1");
    docker.run(["tag", &image, &copy]).await.succeeds();
    let mounted = docker.run(["push", &copy]).await.succeeds();
    assert!(mounted.contains("Mounted from acme/hello"), "{mounted}");

    docker
        .run(["pull", &format!("{host}/acme/hello:absent")])
        .await
        .fails(1, &["manifest unknown", "not found"]);
    docker.run(["logout", host]).await.succeeds();
    docker
        .run(["pull", &image])
        .await
        .fails(1, &["unauthorized", "denied", "authentication required"]);
    world.publish("acme/hello").await;
    docker.run(["rmi", "--force", &image]).await.succeeds();
    docker.run(["pull", &image]).await.succeeds();
}
