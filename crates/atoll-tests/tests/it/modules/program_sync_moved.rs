//! `atoll mirror sync` and tags that move upstream.

use atoll_testkit::atoll::{Atoll, Serving};
use atoll_testkit::git::{GitRepository, GitServer, git_program};
use atoll_testkit::modules::GREETING;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::skip::skip;

use super::program_sync::{held, mirrors, sync, sync_json};
use super::world::{HOST, REEF, fetch, location};

/// An upstream that answers with the address of a repository, and a program that may go there.
struct Moving {
    atoll: Atoll,
    upstream: FakeRegistry,
    git: GitServer,
    repository: GitRepository,
}

impl Moving {
    async fn new(test: &str) -> Option<Self> {
        let atoll = Atoll::find_for(test)?;
        if git_program().is_none() {
            skip(test, "git", "apt-get install git");
            return None;
        }
        let (upstream, git) = (FakeRegistry::start().await, GitServer::start().await);
        let repository = git.repository("reef");
        atoll.write("git.pem", git.ca_pem());
        let more = format!(
            "  allow_addresses = [\"127.0.0.1:{}\"]\n  ca_file = \"git.pem\"\n",
            git.port()
        );
        mirrors(&atoll, &upstream, &more);
        Some(Self {
            atoll,
            upstream,
            git,
            repository,
        })
    }

    /// Tags what is there now, in the place of what was tagged before; the commit.
    fn tag(&self, tag: &str, message: &str) -> String {
        for (name, content) in GREETING {
            self.repository.write(name, content);
        }
        self.repository.write("notes.md", message);
        let commit = self.repository.commit(message);
        self.repository.git(&["tag", "--force", tag]);
        commit
    }

    fn offer(&self, version: &str) {
        let url = self.git.repository_url("reef");
        let address = format!("git::{url}?ref=v{version}");
        self.upstream.put_module(REEF, version, &address);
    }

    async fn package(&self, server: &Serving) -> bytes::Bytes {
        let path = format!("/hosts/{HOST}/v1/modules/{REEF}/1.0.0/download");
        let nobody = server.nobody();
        fetch(&nobody, &location(&nobody.get(&path).await)).await
    }
}

#[tokio::test]
async fn a_moved_tag_is_told_and_the_first_capture_stays() {
    let Some(moving) =
        Moving::new("modules::a_moved_tag_is_told_and_the_first_capture_stays").await
    else {
        return;
    };
    let first = moving.tag("v1.0.0", "one");
    moving.offer("1.0.0");
    let atoll = &moving.atoll;
    let server = atoll.serve_plainly().await;
    // Nobody knows how large a repository is before it is there.
    let select = ["--select", "coder/reef/coder"];
    let dry = sync(atoll, &[&select, ["--dry-run"].as_slice()].concat()).await;
    let words = "the size of 1 is not known beforehand";
    assert!(dry.stderr.contains(words), "{dry}");
    assert!(held(atoll).await.is_empty());

    let said = sync(atoll, &select).await.succeeds();
    assert_eq!(said, format!("fetched {HOST}/{REEF} 1.0.0\n"));
    let package = moving.package(&server).await;
    // As long as nothing moves, there is nothing to say.
    assert_eq!(sync(atoll, &select).await.succeeds(), "");

    let second = moving.tag("v1.0.0", "two");
    assert_ne!(first, second);
    for _ in ["at first", "and as long as it is so"] {
        let ended = sync(atoll, &select).await;
        assert_eq!(ended.code, Some(1), "{ended}");
        let line = format!("moved {HOST}/{REEF} 1.0.0: it was {first} and is {second} upstream");
        assert!(ended.stdout.starts_with(&line), "{ended}");
        assert!(ended.stderr.contains("moved: 1"), "{ended}");
    }
    let status = sync_json(atoll, &select).await;
    assert_eq!(status["report"]["moved"][0]["was"], first.as_str());
    assert_eq!(status["report"]["moved"][0]["now"], second.as_str());
    let log = server.log();
    let is_both = |line: &str| line.contains(&first) && line.contains(&second);
    assert!(log.lines().any(is_both), "{log}");
    assert_eq!(moving.package(&server).await, package);
    let show = ["module", "show", &format!("{HOST}/{REEF}")];
    let shown = atoll.run(show).await.succeeds();
    assert!(shown.contains(&format!(" at {first}")), "{shown}");

    // Back where it was, all is well again.
    moving.repository.git(&["tag", "--force", "v1.0.0", &first]);
    assert_eq!(sync(atoll, &select).await.succeeds(), "");
    server.stop().await;
}

#[tokio::test]
async fn a_repository_that_is_gone_takes_nothing_along() {
    let Some(moving) = Moving::new("modules::a_repository_that_is_gone_takes_nothing_along").await
    else {
        return;
    };
    moving.tag("v1.0.0", "one");
    moving.offer("1.0.0");
    let atoll = &moving.atoll;
    let server = atoll.serve_plainly().await;
    let select = ["--select", "coder/reef/coder"];
    sync(atoll, &select).await.succeeds();
    let package = moving.package(&server).await;
    moving.repository.git(&["tag", "--delete", "v1.0.0"]);
    let ended = sync(atoll, &select).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(
        ended
            .stdout
            .contains(&format!("failed {HOST}/{REEF} 1.0.0: ")),
        "{ended}"
    );
    assert_eq!(moving.package(&server).await, package);
    server.stop().await;
}
