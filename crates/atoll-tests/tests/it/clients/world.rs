//! What every client needs: a server, its certificate in a file, tokens, and a home.

use std::path::{Path, PathBuf};

use atoll_app::registry::RepositoryChange;
use atoll_core::manifest::media_types::OCI_MANIFEST;
use atoll_core::permission::Visibility;
use atoll_testkit::program::{Program, find_program, find_python};
use atoll_testkit::server::{TestServer, TestServerBuilder};
use atoll_testkit::skip::skip;
use serde_json::json;
use tempfile::TempDir;

use super::image;
use super::layout::Layout;
use super::push;

/// A server and a client's home.
pub(super) struct World {
    pub(super) server: TestServer,
    dir: TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(TestServer::builder()).await
    }

    /// A server that is different from the usual one; TLS goes without saying.
    pub(super) async fn with(builder: TestServerBuilder) -> Self {
        let world = Self {
            server: builder.tls().start().await,
            dir: TempDir::new().unwrap(),
        };
        let ca_pem = world.server.ca_pem().unwrap();
        world.write("ca.pem", ca_pem);
        // Where containers' tools look for authorities.
        world.write("certs/ca.crt", ca_pem);
        // Whose images may be used is a question to the machine otherwise.
        world.write(
            ".config/containers/policy.json",
            r#"{"default":[{"type":"insecureAcceptAnything"}]}"#,
        );
        world
    }

    /// The client's home.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The same as text.
    pub(super) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file of it.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The server as registries are called: host and port.
    pub(super) fn host(&self) -> String {
        format!("localhost:{}", self.server.address().port())
    }

    /// A layout with the runnable image under the tag `v1`, and the image's digest.
    pub(super) fn image_layout(&self) -> (Layout, String) {
        let mut layout = Layout::create(self.path("layout"));
        let digest = image::add_to(&mut layout, "v1");
        (layout, digest)
    }

    /// Makes a repository readable by anybody.
    pub(super) async fn publish(&self, repository: &str) {
        let change = RepositoryChange {
            visibility: Some(Visibility::Public),
            immutable_tags: None,
        };
        self.server
            .app()
            .registry
            .change_settings(&repository.parse().unwrap(), change)
            .await
            .unwrap();
    }

    /// A program that a Debian package brings; says that the test is skipped where it is not there.
    pub(super) fn program(&self, test: &str, name: &str, package: &str) -> Option<Program> {
        let Some(path) = find_program(name) else {
            skip(test, name, &format!("apt-get install {package}"));
            return None;
        };
        Some(Program::new(path, self.dir()))
    }

    /// The same for a program of the containers project. As root it remembers things in places of the machine that no option
    /// and no variable moves; it is shown them empty.
    pub(super) async fn containers_program(
        &self,
        test: &str,
        name: &str,
        package: &str,
    ) -> Option<Program> {
        const APART: &str =
            "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib && exec \"$@\"";
        let program = self.program(test, name, package)?;
        Some(if self.has_namespaces().await {
            program.behind(&["unshare", "--mount", "sh", "-c", APART, "sh"])
        } else {
            program
        })
    }

    /// Whether containers and daemons can be had here; says that the test is skipped where they can't.
    pub(super) async fn can_run_containers(&self, test: &str) -> bool {
        let possible = self.has_namespaces().await;
        if !possible {
            skip(
                test,
                "the right to make namespaces",
                "run the tests as root",
            );
        }
        possible
    }

    async fn has_namespaces(&self) -> bool {
        let Some(unshare) = find_program("unshare") else {
            return false;
        };
        let unshare = Program::new(unshare, self.dir());
        let probe = [
            "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/run",
        ];
        unshare.run(probe).await.is_ok()
    }

    /// Python with packages from `PyPI`; says that the test is skipped where they are not there.
    pub(super) async fn python(&self, test: &str, module: &str, package: &str) -> Option<Program> {
        let how = format!("make parts, or pip install {package} in $ATOLL_TEST_PARTS/venv");
        let Some(path) = find_python() else {
            skip(test, package, &how);
            return None;
        };
        let python = Program::new(path, self.dir()).env("SSL_CERT_FILE", self.path("ca.pem"));
        if !python
            .run(["-c", &format!("import {module}")])
            .await
            .is_ok()
        {
            skip(test, package, &how);
            return None;
        }
        Some(python)
    }

    /// Publishes the runnable image as `v1` of a repository, without a client's help; its digest.
    pub(super) async fn seed_image(&self, repository: &str) -> String {
        let robot = self.server.robot(&format!("push:{repository}")).await;
        let tar = image::tar("hello", &image::program());
        let config = image::config(&tar, image::architecture()).to_string();
        let config = push::blob(&robot, repository, image::CONFIG, config.as_bytes()).await;
        let layer = push::blob(&robot, repository, image::LAYER, &tar).await;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config,
            "layers": [layer],
        });
        let pushed = push::manifest(&robot, repository, "v1", &manifest).await;
        pushed["digest"].as_str().unwrap().to_owned()
    }
}
