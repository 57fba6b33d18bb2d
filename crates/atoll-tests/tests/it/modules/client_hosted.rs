//! The real Terraform and modules that were published here.

use atoll_testkit::modules::{self, GREETING};
use atoll_testkit::server::TestServer;
use atoll_testkit::terraform::{Terraform, credentials_block};

use super::calls::{applies, call};
use super::world::publish;

/// A server over TLS, and a Terraform that trusts it. Module hosts need a dot, so the address is the number.
async fn server_and_client(test: &str) -> Option<(TestServer, Terraform, String)> {
    let server = TestServer::builder().tls().start().await;
    let terraform = Terraform::find_for(test, server.ca_pem())?;
    let host = server.address().to_string();
    Some((server, terraform, host))
}

#[tokio::test]
async fn a_token_installs_what_is_private() {
    let Some((server, terraform, host)) =
        server_and_client("modules::a_token_installs_what_is_private").await
    else {
        return;
    };
    let owner = server.robot("push:modules/self/acme/*").await;
    publish(
        &owner,
        "acme/greeting/null",
        "1.0.0",
        modules::tar_gz(GREETING),
    )
    .await;
    publish(
        &owner,
        "acme/greeting/null",
        "1.1.0-rc.1",
        modules::tar_gz(GREETING),
    )
    .await;
    let source = format!("{host}/acme/greeting/null");
    terraform.write("main.tf", &call(&source, "~> 1.0"));
    let _ = terraform
        .run(&["get"])
        .await
        .fails_saying("401 Unauthorized");

    let stranger = server.token("pull:modules/self/other/*").await;
    terraform.configure(&credentials_block(&host, &stranger));
    let _ = terraform
        .run(&["get"])
        .await
        .fails_saying("cannot be found");

    let reader = server.token("pull:modules/self/acme/*").await;
    terraform.configure(&credentials_block(&host, &reader));
    let _ = terraform.init().await.succeeds().says("1.0.0");
    applies(&terraform).await;

    terraform.write("main.tf", &call(&source, "1.1.0-rc.1"));
    let _ = terraform
        .run(&["get", "-update"])
        .await
        .succeeds()
        .says("1.1.0-rc.1");
}

#[tokio::test]
async fn subdirectories_and_calls_of_parents_work() {
    let Some((server, terraform, host)) =
        server_and_client("modules::subdirectories_and_calls_of_parents_work").await
    else {
        return;
    };
    let owner = server.robot("push:modules/self/acme/*").await;
    let files = &[
        ("main.tf", "# the root\n"),
        (
            "shared/main.tf",
            "output \"words\" {\n  value = \"hello reef\"\n}\n",
        ),
        (
            "modules/greeting/main.tf",
            "module \"shared\" {\n  source = \"../../shared\"\n}\n\noutput \"greeting\" {\n  value = module.shared.words\n}\n",
        ),
    ];
    publish(&owner, "acme/all/null", "1.0.0", modules::tar_gz(files)).await;
    let reader = server.token("pull:modules/self/acme/*").await;
    terraform.configure(&credentials_block(&host, &reader));
    let source = format!("{host}/acme/all/null//modules/greeting");
    terraform.write("main.tf", &call(&source, "1.0.0"));
    let _ = terraform.init().await.succeeds();
    applies(&terraform).await;
}
