//! Git repositories by ssh, from a real sshd.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use atoll_testkit::git::{GitRepository, GitServer};
use atoll_testkit::program::{Program, find_program};
use atoll_testkit::skip::skip;
use atoll_upstream::source::SourceError;
use atoll_upstream::{FetchError, Upstream, UpstreamSettings};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::support::{egress, fetch};

/// An sshd with one key that may log in, as whoever runs the test.
struct Sshd {
    dir: TempDir,
    port: u16,
    user: String,
    child: Child,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // Gone already is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sshd {
    async fn start(sshd: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let keygen = Program::new(find_program("ssh-keygen").unwrap(), dir.path());
        for name in ["host", "client"] {
            let file = path(name);
            let arguments = [
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-f",
                file.to_str().unwrap(),
            ];
            keygen.run(arguments).await.succeeds();
        }
        std::fs::copy(path("client.pub"), path("authorized_keys")).unwrap();
        let port = free_port();
        let lines = [
            format!("Port {port}"),
            "ListenAddress 127.0.0.1".to_owned(),
            format!("HostKey {}", path("host").display()),
            format!("AuthorizedKeysFile {}", path("authorized_keys").display()),
            format!("PidFile {}", path("pid").display()),
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\nAcceptEnv GIT_PROTOCOL".to_owned(),
        ];
        std::fs::write(path("config"), lines.join("\n")).unwrap();
        // Debian's is compiled to want this directory; without root it is there or the test is skipped.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut command = Program::new(sshd, dir.path()).command();
        command.arg("-D").arg("-e").arg("-f").arg(path("config"));
        let log = std::fs::File::create(path("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let whoami = Program::new(find_program("whoami").unwrap(), dir.path());
        let none: [&str; 0] = [];
        let user = whoami.run(none).await.succeeds().trim().to_owned();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let log = std::fs::read_to_string(path("log")).unwrap_or_default();
            assert!(started.elapsed() < Duration::from_secs(20), "sshd: {log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self {
            dir,
            port,
            user,
            child,
        }
    }

    fn known_hosts(&self, key: &str) -> PathBuf {
        let public = std::fs::read_to_string(self.dir.path().join(key)).unwrap();
        let file = self.dir.path().join(format!("known_hosts_{key}"));
        std::fs::write(&file, format!("[127.0.0.1]:{} {public}", self.port)).unwrap();
        file
    }

    fn upstream(&self, known_hosts: Option<PathBuf>, allow: &str) -> Upstream {
        let url = "https://tf.corp.example/".parse().unwrap();
        let mut settings = UpstreamSettings::at("tf.corp.example", url);
        settings.allow_addresses = vec![allow.parse().unwrap()];
        settings.ssh_key_file = Some(self.dir.path().join("client"));
        settings.ssh_known_hosts_file = known_hosts;
        egress().upstream(&settings).unwrap()
    }

    fn address(&self, repository: &GitRepository) -> String {
        let path = repository.git_dir();
        format!(
            "git::ssh://{}@127.0.0.1:{}{}",
            self.user,
            self.port,
            path.display()
        )
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn a_repository_by_ssh() {
    let Some(sshd) = find_program("sshd") else {
        skip(
            "a_repository_by_ssh",
            "sshd",
            "apt-get install openssh-server",
        );
        return;
    };
    let sshd = Sshd::start(&sshd).await;
    let server = GitServer::start().await;
    let repository = server.repository("vpc");
    repository.write("main.tf", "# one\n");
    let commit = repository.commit("one");
    let text = sshd.address(&repository);

    let known = sshd.known_hosts("host.pub");
    let upstream = sshd.upstream(Some(known.clone()), "127.0.0.1");
    for reference in ["", "?ref=main", &format!("?ref={commit}")] {
        let fetched = fetch(&upstream, &format!("{text}{reference}")).await;
        let fetched = fetched.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fetched.source.commit.as_deref(), Some(&*commit));
        assert_eq!(fetched.tar_lines().await, ["-rw-r--r-- main.tf"]);
    }
    // Another host that leads here does not choose what the key opens.
    let error = fetch(&upstream.without_credential(), &text)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`ssh_key_file`"), "{error}");
    let elsewhere = sshd.upstream(Some(known), "10.0.0.1");
    let error = fetch(&elsewhere, &text).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Fetch(FetchError::Refused { .. })),
        "{error}"
    );
    // The server has another key than the operator knows.
    let wrong = sshd.upstream(Some(sshd.known_hosts("client.pub")), "127.0.0.1");
    let error = fetch(&wrong, &text).await.unwrap_err();
    assert!(matches!(error, SourceError::Git { .. }), "{error}");
    let error = fetch(&sshd.upstream(None, "127.0.0.1"), &text)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("`ssh_known_hosts_file`"),
        "{error}"
    );
}
