//! What is asked for, and what is said of it.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::report::Status;
use super::sync;
use crate::cli::SyncArgs;
use crate::commands::fake_server::{Answer, FakeServer};
use crate::config::Environment;
use crate::output::FAILURE;

async fn run(answers: Vec<Answer>, json: bool) -> (anyhow::Result<ExitCode>, FakeServer) {
    let server = FakeServer::start(answers).await;
    let args = SyncArgs {
        upstream: Some("registry.coder.com".parse().unwrap()),
        select: vec![
            "AJ0070/*".parse().unwrap(),
            "a/b/c latest:3".parse().unwrap(),
        ],
        platforms: vec!["linux_amd64".parse().unwrap()],
        dry_run: true,
        json,
        target: server.target(),
    };
    let done = sync::run(&args, &Environment::fixed([])).await;
    (done, server)
}

fn begun() -> Answer {
    (202, json!({"id": "7/x"}))
}

fn ended(state: &str, report: &Value) -> Answer {
    (200, json!({"state": state, "report": report}))
}

fn status(value: &Value) -> Status {
    Status::read(value).unwrap()
}

#[tokio::test]
async fn a_sync_is_begun_and_watched_to_its_end() {
    let running = json!({
        "state": "running", "versions_done": 1, "versions_total": 2, "bytes_done": 10,
        "bytes_total": null, "unknown_sizes": 0, "report": null,
    });
    let answers = vec![
        begun(),
        (200, running.clone()),
        (200, running),
        ended("done", &json!({"fetched": ["h/a/b 1.0.0"], "present": 3})),
    ];
    let (done, server) = run(answers, false).await;
    assert_eq!(done.unwrap(), ExitCode::SUCCESS);
    let lines = server.lines();
    assert_eq!(lines[0], "POST /api/v1/mirror/sync");
    assert_eq!(lines[1..], ["GET /api/v1/mirror/sync/7%2Fx"; 3]);
    assert_eq!(
        server.asked()[0].json(),
        json!({
            "upstream": "registry.coder.com", "select": ["AJ0070/*", "a/b/c latest:3"],
            "platforms": ["linux_amd64"], "dry_run": true,
        })
    );
}

#[tokio::test]
async fn what_failed_or_moved_is_a_failure() {
    let moved = json!({"moved": [{"what": "h/a/b/c 1.0.0", "was": "abc", "now": "def"}]});
    let failed = json!({"failed": [{"what": "h/a/b 1.0.0", "why": "wrong bytes"}]});
    for (answer, json) in [
        (ended("done", &moved), false),
        (ended("done", &failed), true),
        (ended("failed", &Value::Null), false),
    ] {
        let (done, _server) = run(vec![begun(), answer], json).await;
        assert_eq!(done.unwrap(), ExitCode::from(FAILURE));
    }
    let (done, _server) = run(vec![begun(), ended("done", &Value::Null)], true).await;
    assert_eq!(done.unwrap(), ExitCode::SUCCESS);
}

#[tokio::test]
async fn a_server_that_can_not_be_watched_is_told_apart_from_one_that_refuses() {
    let refusal = json!({"error": {"message": "no such upstream"}});
    let (done, _server) = run(vec![(404, refusal.clone())], false).await;
    let error = format!("{:#}", done.unwrap_err());
    assert!(
        error.contains("no such upstream") && !error.contains("goes on"),
        "{error}"
    );
    for answer in [(503, refusal), (200, json!({"state": "lost"}))] {
        let (done, _server) = run(vec![begun(), answer], false).await;
        let error = format!("{:#}", done.unwrap_err());
        assert!(error.contains("the server goes on with it"), "{error}");
    }
}

#[test]
fn a_report_is_said_in_lines_and_one_sentence() {
    let done = status(&json!({
        "state": "done", "versions_done": 2, "versions_total": 2, "bytes_total": 4096, "unknown_sizes": 1,
        "report": {
            "fetched": ["h/a/b 1.0.0", "h/a/b/c 2.0.0"],
            "present": 3,
            "skipped": [{"what": "h/x/y", "why": "not allowed"}, "h/z", {"other": 1}],
            "moved": [{"what": "h/a/b/c 1.0.0", "was": "abc", "now": "def"}],
            "failed": [{"what": "h/q/r 1.0.0", "why": "bad\u{7}"}],
            "bytes": 2048,
        },
    }));
    assert_eq!(
        done.lines(false),
        "\
fetched h/a/b 1.0.0
fetched h/a/b/c 2.0.0
skipped h/x/y: not allowed
skipped h/z
skipped {\"other\":1}
moved h/a/b/c 1.0.0: it was abc and is def upstream by now; what was captured first is kept
failed h/q/r 1.0.0: bad\\u{7}
"
    );
    assert_eq!(
        done.summary(false),
        "fetched: 2 (2.00 KiB), already here: 3, skipped: 3, moved: 1, failed: 1"
    );
    assert_eq!(
        done.summary(true),
        "to fetch: 2 (2.00 KiB), already here: 3, skipped: 3, moved: 1, failed: 1; the size of 1 is not known beforehand"
    );
    assert!(done.lines(true).starts_with("would fetch h/a/b 1.0.0\n"));
    let failed = status(&json!({"state": "failed", "error": "offline"}));
    assert_eq!(failed.summary(false), "the sync failed: offline");
    assert_eq!(failed.lines(false), "");
}

#[test]
fn how_far_it_is_is_said_as_far_as_it_is_known() {
    let words = |total: Value, unknown: u64| {
        status(&json!({
            "state": "running", "versions_done": 1, "versions_total": 4, "bytes_done": 1024,
            "bytes_total": total, "unknown_sizes": unknown,
        }))
        .words()
    };
    assert_eq!(words(Value::Null, 0), "1 of 4 versions, 1.00 KiB");
    assert_eq!(
        words(json!(2048), 0),
        "1 of 4 versions, 1.00 KiB of 2.00 KiB"
    );
    assert_eq!(
        words(json!(2048), 2),
        "1 of 4 versions, 1.00 KiB of 2.00 KiB or more"
    );
}

#[test]
fn what_failed_for_one_cause_is_told_once() {
    let outage = |version: u32| {
        let what = format!("tf.example/acme/vpc/aws {version}.0.0");
        json!({
            "why": format!(
                "failed to fetch {what}: failed to connect to https://tf.example:8443/v1/modules/acme/vpc/aws/{version}.0.0/download: refused"
            ),
            "what": what,
        })
    };
    let away = |host: &str| {
        let why = format!(
            "h/{host} is not here, and h could not be reached and is assumed offline until 2025-01-31T03:00:0{host}Z"
        );
        json!({"what": format!("h/{host}"), "why": why})
    };
    let mut failed: Vec<Value> = (1..=13).map(outage).collect();
    failed.insert(5, json!({"what": "h/x 1.0.0", "why": "failed to fetch h/x 1.0.0: failed to connect to https://other.example/: refused"}));
    failed.extend([away("1"), away("2")]);
    let report = status(&json!({"state": "done", "report": {"failed": failed}}));
    assert_eq!(
        report.lines(false),
        "\
failed tf.example/acme/vpc/aws 1.0.0: failed to fetch tf.example/acme/vpc/aws 1.0.0: failed to connect to https://tf.example:8443/v1/modules/acme/vpc/aws/1.0.0/download: refused
failed 12 more like it: tf.example/acme/vpc/aws 2.0.0, tf.example/acme/vpc/aws 3.0.0, tf.example/acme/vpc/aws 4.0.0, \
tf.example/acme/vpc/aws 5.0.0, tf.example/acme/vpc/aws 6.0.0, tf.example/acme/vpc/aws 7.0.0, tf.example/acme/vpc/aws 8.0.0, \
tf.example/acme/vpc/aws 9.0.0, tf.example/acme/vpc/aws 10.0.0, tf.example/acme/vpc/aws 11.0.0 and 2 others
failed h/x 1.0.0: failed to fetch h/x 1.0.0: failed to connect to https://other.example/: refused
failed h/1: h/1 is not here, and h could not be reached and is assumed offline until 2025-01-31T03:00:01Z
failed 1 more like it: h/2
"
    );
    assert!(report.summary(false).ends_with("failed: 16"));
}
