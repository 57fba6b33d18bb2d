//! The registry protocol, spoken over a real socket.

mod auth;
mod conformance;
mod content;
mod fixed;
mod lists;
mod wire;

use atoll_testkit::server::TestServer;
use atoll_testkit::skip::skip;
use atoll_testkit_postgres::Cluster;

/// A server on PostgreSQL; none where that is not installed.
async fn on_postgres(test: &str) -> Option<TestServer> {
    let Some(cluster) = Cluster::shared().expect("a cluster starts") else {
        skip(test, "PostgreSQL", "apt-get install postgresql");
        return None;
    };
    let url = cluster.create_database().expect("a database is made");
    Some(
        TestServer::builder()
            .database(url.parse().unwrap())
            .start()
            .await,
    )
}
