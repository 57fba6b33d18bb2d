//! skopeo: the library behind it is that of podman, buildah and CRI-O.

mod images;
mod rights;

use atoll_testkit::program::{Ended, Program};

use super::world::World;

/// skopeo, trusting the server's authority.
struct Skopeo {
    program: Program,
    certs: String,
}

impl Skopeo {
    async fn find_for(test: &str, world: &World) -> Option<Self> {
        let program = world.containers_program(test, "skopeo", "skopeo").await?;
        // The place where logins go by default is the machine's.
        let program = program.env("REGISTRY_AUTH_FILE", world.path("auth.json"));
        Some(Self {
            program,
            certs: world.text("certs"),
        })
    }

    async fn run(&self, command: &str, rest: &[&str]) -> Ended {
        let certs = match command {
            "copy" => format!("--dest-cert-dir={}", self.certs),
            _ => format!("--cert-dir={}", self.certs),
        };
        let mut arguments = vec![command, &certs];
        let source = format!("--src-cert-dir={}", self.certs);
        if command == "copy" {
            arguments.push(&source);
        }
        self.program
            .run(arguments.into_iter().chain(rest.iter().copied()))
            .await
    }

    async fn login(&self, world: &World, token: &str) -> Ended {
        let arguments = [
            "login",
            "--cert-dir",
            &self.certs,
            "--username",
            "robot",
            "--password-stdin",
            &world.host(),
        ]
        .map(str::to_owned);
        self.program.run_with_input(arguments, token).await
    }
}

fn image_at(world: &World, reference: &str) -> String {
    format!("docker://{}/acme/hello{reference}", world.host())
}
