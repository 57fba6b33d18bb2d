//! containerd, with the server as a registry and as somebody's mirror, by `hosts.toml`.

use atoll_testkit::program::{Ended, Program};
use http::StatusCode;

use super::daemon::Daemon;
use super::world::World;

/// A containerd and its client.
pub(super) struct Containerd {
    pub(super) ctr: Program,
    hosts_dir: String,
    _daemon: Daemon,
}

impl Containerd {
    pub(super) async fn start(test: &str, world: &World) -> Option<Self> {
        world.program(test, "containerd", "containerd")?;
        let ctr = world.program(test, "ctr", "containerd")?;
        if !world.can_run_containers(test).await {
            return None;
        }
        let [root, state, socket] =
            ["root", "state", "socket"].map(|name| world.text(&format!("containerd/{name}")));
        let config = format!(
            "version = 2\nroot = {root:?}\nstate = {state:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = {socket:?}\n"
        );
        world.write("containerd/config.toml", config);
        let config = world.text("containerd/config.toml");
        let mut daemon = Daemon::start(world, "containerd", &["containerd", "--config", &config]);
        let ctr = ctr.env("CONTAINERD_ADDRESS", socket);
        daemon
            .until(async || ctr.run(["version"]).await.is_ok())
            .await;
        Some(Self {
            ctr,
            hosts_dir: world.text("hosts"),
            _daemon: daemon,
        })
    }

    /// Runs a command of the client that talks to registries.
    pub(super) async fn run(&self, command: &[&str], rest: &[&str]) -> Ended {
        let arguments = command
            .iter()
            .copied()
            .chain(["--hosts-dir", &self.hosts_dir]);
        self.ctr.run(arguments.chain(rest.iter().copied())).await
    }

    async fn pull(&self, rest: &[&str]) -> Ended {
        // Stacked file systems can't be had everywhere.
        let arguments: Vec<&str> = ["--snapshotter", "native"]
            .into_iter()
            .chain(rest.iter().copied())
            .collect();
        self.run(&["images", "pull"], &arguments).await
    }

    /// Says where a registry of this name is: at the server, below this path.
    pub(super) fn knows(&self, world: &World, name: &str, path: &str) {
        let (url, ca) = (format!("https://{}", world.host()), world.text("ca.pem"));
        let over = if path.is_empty() {
            ""
        } else {
            "override_path = true\n"
        };
        let host = format!(
            "[host.\"{url}{path}\"]\ncapabilities = [\"pull\", \"resolve\", \"push\"]\nca = {ca:?}\n{over}"
        );
        // Where the host fails, it goes on to the server, which is the same.
        std::fs::create_dir_all(format!("{}/{name}", self.hosts_dir)).unwrap();
        std::fs::write(
            format!("{}/{name}/hosts.toml", self.hosts_dir),
            format!("server = {url:?}\nca = {ca:?}\n{host}"),
        )
        .unwrap();
    }
}

#[tokio::test]
async fn an_image_is_pulled_and_pushed() {
    let world = World::new().await;
    let Some(containerd) =
        Containerd::start("containerd: an image is pulled and pushed", &world).await
    else {
        return;
    };
    let digest = world.seed_image("acme/hello").await;
    containerd.knows(&world, &world.host(), "");
    let image = format!("{}/acme/hello:v1", world.host());
    let refusals = [
        "unauthorized",
        "401",
        "authorization failed",
        "insufficient_scope",
        "not found",
    ];
    containerd.pull(&[&image]).await.fails(1, &refusals);
    let stranger = format!("robot:{}", world.server.token("push:other/*").await);
    for user in ["robot:wrong", &stranger] {
        containerd
            .pull(&["--user", user, &image])
            .await
            .fails(1, &refusals);
    }
    let user = format!("robot:{}", world.server.token("push:acme/*").await);
    let pulled = containerd.pull(&["--user", &user, &image]).await.succeeds();
    assert!(pulled.contains(&digest), "{pulled}");

    let copy = format!("{}/acme/copy:v1", world.host());
    containerd
        .ctr
        .run(["images", "tag", &image, &copy])
        .await
        .succeeds();
    containerd
        .run(&["images", "push"], &["--user", &user, &copy])
        .await
        .succeeds();
    let client = world.server.robot("pull:acme/*").await;
    assert_eq!(
        client
            .head("/v2/acme/copy/manifests/v1")
            .await
            .header("docker-content-digest"),
        digest
    );
    containerd
        .pull(&[
            "--user",
            &user,
            &format!("{}/acme/hello:absent", world.host()),
        ])
        .await
        .fails(1, &["not found"]);

    world.publish("acme/hello").await;
    containerd.pull(&[&image]).await.succeeds();
}

#[tokio::test]
async fn a_mirror_is_asked_with_the_name_of_what_it_mirrors() {
    let world = World::new().await;
    let Some(containerd) = Containerd::start("containerd: a mirror is asked", &world).await else {
        return;
    };
    let digest = world.seed_image("acme/hello").await;
    world.publish("acme/hello").await;
    // It asks for /v2/acme/hello/manifests/v1?ns=upstream.example.
    containerd.knows(&world, "upstream.example", "");
    let pulled = containerd
        .pull(&["upstream.example/acme/hello:v1"])
        .await
        .succeeds();
    assert!(pulled.contains(&digest), "{pulled}");
    containerd.knows(&world, "prefix.example", "/v2/acme");
    containerd
        .pull(&["prefix.example/hello:v1"])
        .await
        .succeeds();
    let nobody = world.server.nobody();
    for path in ["manifests/v1", &format!("manifests/{digest}"), "tags/list"] {
        let reply = nobody
            .get(&format!("/v2/acme/hello/{path}?ns=upstream.example"))
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {reply:?}");
    }
}
