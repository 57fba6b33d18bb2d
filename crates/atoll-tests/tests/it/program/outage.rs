//! What the log says while an upstream is away.

use std::net::Ipv4Addr;

use atoll_testkit::atoll::Atoll;
use http::StatusCode;
use tokio::net::TcpSocket;

use super::load::HOST;
use super::world::{CORAL, eventually, is};

#[tokio::test]
async fn an_outage_is_told_once_and_is_no_fault_of_ours() {
    let test = "an_outage_is_told_once_and_is_no_fault_of_ours";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    // Nobody listens there, nor can anybody.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = taken.local_addr().unwrap();
    atoll.write(
        "atoll.hcl",
        format!(
            "upstream \"terraform\" \"{HOST}\" {{\n  url = \"http://{address}\"\n  anonymous = \"fetch\"\n}}\n"
        ),
    );
    let server = atoll.serve_plainly().await;
    let path = format!("/mirror/{HOST}/{CORAL}/index.json");
    let first = server.nobody().get(&path).await;
    assert!(first.status.is_server_error(), "{}", first.text());
    for _ in 0..3 {
        let reply = server.nobody().get(&path).await;
        is(&reply, StatusCode::SERVICE_UNAVAILABLE);
    }
    let told = |words: &str| server.log().matches(words).count();
    eventually("every request is logged", async || {
        told("INFO") > 0 && told("and is assumed offline until") >= 3
    })
    .await;
    assert_eq!(told("can't be reached"), 1, "{}", server.log());
    assert_eq!(told("ERROR"), 0, "{}", server.log());
    server.stop().await;
}
