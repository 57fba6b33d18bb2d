//! The real Terraform and what was published here, found by discovery.

use atoll_testkit::server::TestServer;
use atoll_testkit::terraform::{Terraform, credentials_block};
use atoll_testkit::zips;

use super::hosted::{DEMO, publish};
use super::world::LINUX;

/// A server over TLS with a published provider, and a Terraform that wants it.
async fn server_and_client(
    test: &str,
    signed_by_publisher: bool,
) -> Option<(TestServer, Terraform)> {
    let server = TestServer::builder().tls().start().await;
    let terraform = Terraform::find_for(test, server.ca_pem())?;
    publish(
        &server,
        "1.2.3",
        &[LINUX, "darwin_arm64"],
        signed_by_publisher,
    )
    .await;
    terraform.require(&[("demo", &format!("{}/{DEMO}", host(&server)), "1.2.3")]);
    Some((server, terraform))
}

/// The host as sources and credentials name it.
fn host(server: &TestServer) -> String {
    server.url().replace("https://", "")
}

#[tokio::test]
async fn a_token_installs_what_is_private() {
    for signed_by_publisher in [true, false] {
        let Some((server, terraform)) =
            server_and_client("a_token_installs_what_is_private", signed_by_publisher).await
        else {
            return;
        };
        let _ = terraform
            .init()
            .await
            .fails_saying("requires authentication credentials");

        let stranger = server.token("pull:providers/self/other/*").await;
        terraform.configure(&credentials_block(&host(&server), &stranger));
        let _ = terraform
            .init()
            .await
            .fails_saying("does not have a provider named");

        let bad = format!("atoll_abcdefgh_{}", "A".repeat(43));
        terraform.configure(&credentials_block(&host(&server), &bad));
        let _ = terraform
            .init()
            .await
            .fails_saying("rejected the given authentication credentials");

        let reader = server.token("pull:providers/self/acme/*").await;
        terraform.configure(&credentials_block(&host(&server), &reader));
        let _ = terraform
            .init()
            .await
            .succeeds()
            .says("Installed")
            .says("self-signed, key ID");
        let zh = format!(
            "zh:{}",
            zips::sha256_hex(&zips::provider("demo", "1.2.3", "darwin_arm64"))
        );
        assert!(
            terraform.lock_file().contains(&zh),
            "{}",
            terraform.lock_file()
        );
        terraform.forget_installed();
        let _ = terraform
            .init()
            .await
            .succeeds()
            .says("Reusing previous version");
    }
}

#[tokio::test]
async fn a_lock_covers_all_platforms_that_were_published() {
    let Some((server, terraform)) =
        server_and_client("a_lock_covers_all_platforms_that_were_published", true).await
    else {
        return;
    };
    let token = server.token("pull:providers/*").await;
    terraform.configure(&credentials_block(&host(&server), &token));
    let arguments = [
        "providers",
        "lock",
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
    ];
    let _ = terraform.run(&arguments).await.succeeds();
    for platform in [LINUX, "darwin_arm64"] {
        let h1 = zips::h1(&zips::provider("demo", "1.2.3", platform));
        assert!(
            terraform.lock_file().contains(&h1),
            "{}",
            terraform.lock_file()
        );
    }
    let _ = terraform
        .run(&["providers", "lock", "-platform=windows_amd64"])
        .await
        .fails_saying("windows_amd64");
}

#[tokio::test]
async fn a_network_mirror_has_what_was_published() {
    let Some((server, terraform)) =
        server_and_client("a_network_mirror_has_what_was_published", true).await
    else {
        return;
    };
    let token = server.token("pull:providers/*").await;
    let mirror = atoll_testkit::terraform::mirror_block(&format!("{}/mirror/", server.url()));
    terraform.configure(&(mirror + &credentials_block(&host(&server), &token)));
    // A mirror's client can't name a host with a port; this name always means the server itself.
    terraform.require(&[("demo", &format!("atoll.internal/{DEMO}"), "1.2.3")]);
    let _ = terraform
        .init()
        .await
        .succeeds()
        .says("Installed atoll.internal/acme/demo v1.2.3");
}
