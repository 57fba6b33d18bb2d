//! Syncs that begin by themselves.

use std::time::{Duration, SystemTime};

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;
use http::StatusCode;

use super::load::HOST;
use super::world::{CORAL, LINUX, is};

/// How long a server may take to start, in seconds: the time must not have come before.
const START_SECS: u64 = 30;

/// The next minute that such a server sees begin, as `HH:MM`. Nothing else in a configuration comes sooner.
fn soon() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let minutes = (now.unwrap().as_secs() + START_SECS) / 60 + 1;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

#[tokio::test]
async fn a_scheduled_sync_begins_at_its_time() {
    begins_at_its_time("a_scheduled_sync_begins_at_its_time", true).await;
}

#[tokio::test]
async fn a_server_that_does_not_collect_keeps_its_schedules() {
    let test = "a_server_that_does_not_collect_keeps_its_schedules";
    begins_at_its_time(test, false).await;
}

async fn begins_at_its_time(test: &str, collects: bool) {
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let upstream = FakeRegistry::start().await;
    drop(upstream.provider(CORAL).version("1.0.0").platform(LINUX));
    let configuration = format!(
        "server {{\n  min_free = 0\n  collect  = {collects}\n}}\nupstream \"terraform\" \"{HOST}\" {{\n  url = \"{}\"\n  mode = \"scheduled\"\n  \
         anonymous = \"read\"\n  sync {{\n    select = [\"{CORAL}\"]\n    schedule = \"{}\"\n  }}\n}}\n",
        upstream.url(),
        soon(),
    );
    atoll.write("atoll.hcl", configuration);
    let server = atoll.serve_plainly().await;
    let document = format!("/mirror/{HOST}/{CORAL}/1.0.0.json");
    let early = server.nobody().get(&document).await;
    is(&early, StatusCode::NOT_FOUND);
    assert!(upstream.requests().is_empty(), "it came too early");
    let ended = async {
        while !server.log().contains("synced: 1 fetched") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(START_SECS + 90), ended).await;
    assert!(ended.is_ok(), "it never came: {}", server.log());
    is(&server.nobody().get(&document).await, StatusCode::OK);
    assert_eq!(server.log().matches("began the scheduled sync").count(), 1);
    server.stop().await;
}
