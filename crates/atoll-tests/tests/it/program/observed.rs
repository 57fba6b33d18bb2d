//! What the log and the metrics say of requests.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::server::Client;
use http::{Method, StatusCode};
use serde_json::Value;

use super::world::{eventually, is};

#[tokio::test]
async fn a_request_is_told_of_and_counted() {
    let Some(atoll) = Atoll::find_for("a_request_is_told_of_and_counted") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let nobody = server.nobody();
    let named = nobody
        .request(Method::GET, "/healthz")
        .header("x-request-id", "trace-1");
    let reply = nobody.send(named).await;
    assert_eq!(reply.header("x-request-id"), "trace-1");
    // Where there is nothing, a token that is not good changes nothing.
    let stranger = server.client("atoll_0000000000000000_nothing");
    is(&stranger.get("/nowhere").await, StatusCode::NOT_FOUND);
    for path in ["/v2/acme/app/tags/list", "/v2/acme/other/tags/list"] {
        is(&nobody.get(path).await, StatusCode::UNAUTHORIZED);
    }
    eventually("the last request is logged", async || {
        server.log().contains("/v2/acme%2Fother")
    })
    .await;
    let log = server.log();
    let line = log.lines().find(|line| line.contains("/healthz"));
    let told = r#" INFO atoll::request: answered request.id=trace-1 http.method="GET" http.path="/healthz" http.status=200 http.seconds=0."#;
    assert!(line.is_some_and(|line| line.contains(told)), "{log}");
    assert!(
        log.contains(r#"http.path="/nowhere" http.status=404"#),
        "{log}"
    );

    let set = ["repository", "set", "acme/app", "--visibility", "public"];
    atoll.run(set).await.succeeds();
    eventually("what was done is logged with its request", async || {
        let log = server.log();
        let done = log.lines().find(|line| line.contains("set acme/app up"));
        let id = done.and_then(|line| Some(line.rsplit_once(" request.id=")?.1));
        id.is_some_and(|id| log.contains(&format!("answered request.id={id} http.method=\"P")))
    })
    .await;

    let address = log.split_once("metrics are at ").unwrap().1;
    let address = address.split_once("/metrics").unwrap().0;
    let metrics = Client::new(address, None).get("/metrics").await.text();
    for line in [
        r#"atoll_http_requests_total{method="GET",route="/healthz",status="200"} 1"#,
        r#"atoll_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"atoll_http_requests_total{method="GET",route="/v2/{name}/tags/list",status="401"} 2"#,
        r#"atoll_http_request_seconds_count{route="/healthz"} 1"#,
        r#"atoll_http_request_seconds_count{route="/v2/{name}/tags/list"} 2"#,
        "atoll_http_requests_running 0",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}: {metrics}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn lines_for_machines_name_the_request_too() {
    let Some(atoll) = Atoll::find_for("lines_for_machines_name_the_request_too") else {
        return;
    };
    atoll.write("atoll.hcl", "log {\n  format = \"json\"\n}\n");
    let server = atoll.serve_plainly().await;
    let set = ["repository", "set", "acme/app", "--visibility", "public"];
    atoll.run(set).await.succeeds();
    let named = |line: &Value| line["repository.name"] == "acme/app";
    let answered = |line: &Value| {
        line["target"] == "atoll::request"
            && line["http.method"]
                .as_str()
                .is_some_and(|method| method.starts_with('P'))
    };
    eventually("what was done is logged with its request", async || {
        let log = server.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let lines: Vec<Value> = lines.collect();
        let (done, told) = (
            lines.iter().find(|line| named(line)),
            lines.iter().find(|line| answered(line)),
        );
        done.zip(told).is_some_and(|(done, told)| {
            done["request.id"].is_string() && done["request.id"] == told["request.id"]
        })
    })
    .await;
    server.stop().await;
}
