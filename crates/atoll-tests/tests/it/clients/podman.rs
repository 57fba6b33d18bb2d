//! podman, with storage, state and configuration of its own and without a network.

use atoll_testkit::program::Program;

use super::image;
use super::world::World;

const CONTAINERS_CONF: &str = r#"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
"#;

/// podman and its options. The control groups that it leaves behind are removed in the end.
struct Podman {
    program: Program,
    options: Vec<String>,
    certs: String,
}

impl Podman {
    async fn find_for(test: &str, world: &World) -> Option<Self> {
        let program = world
            .containers_program(test, "podman", "podman runc")
            .await?;
        if !world.can_run_containers(test).await {
            return None;
        }
        let networks = world.text("networks");
        let conf = format!("{CONTAINERS_CONF}[network]\nnetwork_config_dir = {networks:?}\n");
        world.write("containers.conf", conf);
        world.write("auth.json", "{}");
        let program = program
            .env("CONTAINERS_CONF", world.path("containers.conf"))
            .env("REGISTRY_AUTH_FILE", world.path("auth.json"));
        let options = ["--root", "--runroot", "--tmpdir"]
            .map(|option| format!("{option}={}", world.text(option.trim_start_matches('-'))));
        let options = options
            .into_iter()
            .chain(["--storage-driver=vfs".to_owned()])
            .collect();
        Some(Self {
            program,
            options,
            certs: world.text("certs"),
        })
    }

    async fn run(&self, arguments: &[&str]) -> atoll_testkit::program::Ended {
        self.program
            .run(
                self.options
                    .iter()
                    .map(String::as_str)
                    .chain(arguments.iter().copied()),
            )
            .await
    }
}

fn image_at(world: &World, reference: &str) -> String {
    format!("{}/acme/hello{reference}", world.host())
}

impl Drop for Podman {
    fn drop(&mut self) {
        // Only what is empty can be removed: containers of others keep theirs.
        for controller in std::fs::read_dir("/sys/fs/cgroup")
            .into_iter()
            .flatten()
            .flatten()
        {
            for group in ["libpod_parent/conmon", "libpod_parent"] {
                let _ = std::fs::remove_dir(controller.path().join(group));
            }
        }
    }
}

#[tokio::test]
async fn an_image_is_pulled_run_and_pushed() {
    let test = "podman: an image is pulled, run and pushed";
    let world = World::new().await;
    let Some(podman) = Podman::find_for(test, &world).await else {
        return;
    };
    let digest = world.seed_image("acme/hello").await;
    let (image, certs) = (
        image_at(&world, ":v1"),
        format!("--cert-dir={}", podman.certs),
    );
    podman
        .run(&["pull", &certs, &image])
        .await
        .fails(125, &["unauthorized", "authentication required"]);
    let token = world.server.token("push:acme/*").await;
    podman
        .run(&["login", &certs, "-u", "robot", "-p", "wrong", &world.host()])
        .await
        .fails(125, &["invalid username/password"]);
    podman
        .run(&["login", &certs, "-u", "robot", "-p", &token, &world.host()])
        .await
        .succeeds();
    podman.run(&["pull", &certs, &image]).await.succeeds();
    let inspected = podman
        .run(&["image", "inspect", "--format={{.Digest}}", &image])
        .await
        .succeeds();
    assert_eq!(inspected.trim(), digest);
    if image::runs_here() {
        let ran = podman
            .run(&["run", "--rm", "--network=none", "--pull=never", &image])
            .await
            .succeeds();
        assert_eq!(ran, image::GREETING);
    }
    let pushed = image_at(&world, ":pushed");
    podman
        .run(&["push", &certs, &image, &pushed])
        .await
        .succeeds();
    podman.run(&["rmi", "--all", "--force"]).await.succeeds();
    podman.run(&["pull", &certs, &pushed]).await.succeeds();
    podman.run(&["logout", &world.host()]).await.succeeds();
    podman
        .run(&["pull", &certs, &image_at(&world, ":absent")])
        .await
        .fails(125, &["unauthorized", "authentication required"]);
}
