//! What the kernel saw: no connection leaves the machine where none should.

use std::path::PathBuf;

use atoll_testkit::atoll::{Atoll, Serving};
use atoll_testkit::program::find_program;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::skip::skip;
use atoll_testkit::zips;
use http::StatusCode;

use super::load::{HOST, mirroring, offer};
use super::world::{CORAL, LINUX, eventually, is, noise, push_image, reads_whole, zip_name};

/// System calls by which something can be sent or dialled.
const CALLS: &str = "trace=socket,connect,sendto,sendmsg,sendmmsg";

/// How many sockets a server listens on: everybody's and that of the metrics. They are the only ones that it may open.
const LISTENERS: usize = 2;

/// A server whose system calls are written down.
struct Watched {
    server: Serving,
    trace: PathBuf,
}

impl Watched {
    async fn start(test: &str, atoll: &Atoll, arguments: &[&str]) -> Option<Self> {
        let Some(strace) = find_program("strace") else {
            skip(test, "strace", "apt-get install strace");
            return None;
        };
        let trace = atoll.path("trace");
        // With -D the program is our child, and strace its.
        let before = [
            strace.to_str().unwrap(),
            "-D",
            "-f",
            "-e",
            CALLS,
            "-o",
            trace.to_str().unwrap(),
        ];
        let server = atoll.serve_by(&before, arguments).await;
        Some(Self { server, trace })
    }

    /// Stops the server, and returns the calls that went to the network.
    async fn calls_to_the_network(self) -> Vec<String> {
        self.server.stop().await;
        let trace = self.trace;
        let text = async || std::fs::read_to_string(&trace).unwrap_or_default();
        eventually("everything is written down", async || {
            text().await.contains("+++ exited with 0 +++")
        })
        .await;
        let text = text().await;
        let to_network = |line: &&str| line.contains("AF_INET") || line.contains("AF_NETLINK");
        let mut listeners = 0;
        let beyond_listeners = |line: &&str| {
            let is_listener = line.contains("socket(AF_INET, SOCK_STREAM") && listeners < LISTENERS;
            listeners += usize::from(is_listener);
            !is_listener
        };
        let calls = text.lines().filter(to_network).filter(beyond_listeners);
        calls.map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_nothing_is_dialled() {
    let test = "offline_nothing_is_dialled";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let zip = zips::provider("coral", "1.0.0", LINUX);
    atoll.write(
        &format!(
            "tree/registry.terraform.io/acme/coral/{}",
            zip_name("1.0.0", LINUX)
        ),
        &zip,
    );
    let tree = atoll.path("tree");
    atoll
        .run(["provider", "import", tree.to_str().unwrap()])
        .await
        .succeeds();
    let token = atoll.token("admin").await;
    let Some(watched) = Watched::start(test, &atoll, &["--no-tls", "--offline"]).await else {
        return;
    };

    let (nobody, client) = (watched.server.nobody(), watched.server.client(&token));
    let mirror = "/mirror/registry.terraform.io/acme";
    let list = nobody.get(&format!("{mirror}/coral/index.json")).await;
    is(&list, StatusCode::OK);
    assert_eq!(list.json(), serde_json::json!({"versions": {"1.0.0": {}}}));
    let document = nobody.get(&format!("{mirror}/coral/1.0.0.json")).await;
    is(&document, StatusCode::OK);
    assert_eq!(
        nobody
            .get(document.json()["archives"][LINUX]["url"].as_str().unwrap())
            .await
            .body,
        zip
    );
    // What is not here is not looked for either.
    for path in ["coral/2.0.0.json", "reef/index.json", "reef/1.0.0.json"] {
        for asking in [&nobody, &client] {
            let absent = asking.get(&format!("{mirror}/{path}")).await;
            assert!(
                absent.status.is_client_error() || absent.status.is_server_error(),
                "{path}: {absent:?}"
            );
        }
    }
    let absent = client
        .get("/hosts/registry.opentofu.org/v1/providers/acme/reef/versions")
        .await;
    assert!(absent.text().contains("offline"), "{}", absent.text());
    push_image(&client, "acme/app", "v1", noise(1, 1000)).await;
    reads_whole(&client, "acme/app", "v1").await;
    let calls = watched.calls_to_the_network().await;
    assert_eq!(calls, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_dials_nothing() {
    let test = "a_start_dials_nothing";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let Some(watched) = Watched::start(test, &atoll, &[]).await else {
        return;
    };
    is(
        &watched.server.nobody().get("/readyz").await,
        StatusCode::OK,
    );
    let calls = watched.calls_to_the_network().await;
    assert_eq!(calls, Vec::<String>::new());
}

/// The traces above show nothing; this one shows that they would.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_dialled_is_seen() {
    let test = "what_is_dialled_is_seen";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = FakeRegistry::start().await;
    offer(&upstream, 0);
    atoll.write("atoll.hcl", mirroring(&upstream));
    let Some(watched) = Watched::start(test, &atoll, &["--no-tls"]).await else {
        return;
    };
    let list = format!("/mirror/{HOST}/{CORAL}/index.json");
    is(&watched.server.nobody().get(&list).await, StatusCode::OK);
    let calls = watched.calls_to_the_network().await;
    let port = format!("htons({})", upstream.port());
    for (call, words) in [("socket(", "AF_INET"), ("connect(", port.as_str())] {
        let is_seen = |line: &String| line.contains(call) && line.contains(words);
        assert!(calls.iter().any(is_seen), "no {call}…{words} in {calls:?}");
    }
}
