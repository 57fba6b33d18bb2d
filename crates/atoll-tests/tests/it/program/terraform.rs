//! The real Terraform beside the real program.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::registry::FakeRegistry;
use atoll_testkit::terraform::{Terraform, credentials_block, host_block};
use atoll_testkit::{keys, zips};
use http::StatusCode;
use serde_json::{Value, json};

use super::world::{CORAL, LINUX, Release, is, register_key};

#[tokio::test]
async fn the_first_minutes_of_a_user() {
    let test = "the_first_minutes_of_a_user";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let server = atoll.serve(&[]).await;
    register_key(&atoll).await;
    Release::signed("1.0.0", &[LINUX])
        .publish(&atoll)
        .await
        .succeeds();
    let authority = atoll.run(["ca", "export"]).await.succeeds();
    let token = atoll.token("pull:providers/self/acme/*").await;
    let Some(terraform) = Terraform::find_for(test, Some(&authority)) else {
        return;
    };
    // Hosts are names for Terraform; the certificate covers this one.
    let (_, port) = server.host().split_once(':').unwrap();
    let host = format!("localhost:{port}");
    terraform.require(&[("coral", &format!("{host}/{CORAL}"), "~> 1.0")]);
    let _ = terraform
        .init()
        .await
        .fails_saying("requires authentication");
    terraform.configure(&credentials_block(&host, &token));
    let key = keys::publisher_key().key_id().to_string();
    let _ = terraform.init().await.succeeds().says(&key);
    let zh = zips::sha256_hex(&zips::provider("coral", "1.0.0", LINUX));
    assert!(terraform.lock_file().contains(&zh));
    server.stop().await;
}

#[tokio::test]
async fn a_tree_of_the_real_terraform_is_taken_over() {
    let test = "a_tree_of_the_real_terraform_is_taken_over";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let registry = FakeRegistry::start_tls().await;
    drop(
        registry
            .provider(CORAL)
            .version("1.2.3")
            .platform(LINUX)
            .platform("darwin_arm64"),
    );
    let Some(terraform) = Terraform::find_for(test, registry.ca_pem()) else {
        return;
    };
    terraform.configure(&host_block(
        "tf.example",
        &format!("{}v1/providers/", registry.url()),
    ));
    terraform.require(&[("coral", &format!("tf.example/{CORAL}"), "1.2.3")]);
    let tree = terraform.make_dir("tree");
    let tree = tree.to_str().unwrap();
    let mirror = [
        "providers",
        "mirror",
        "-platform=linux_amd64",
        "-platform=darwin_arm64",
        tree,
    ];
    let _ = terraform.run(&mirror).await.succeeds();
    let imported = atoll
        .run(["provider", "import", tree, "--json"])
        .await
        .succeeds();
    let report: Value = serde_json::from_str(&imported).unwrap();
    assert_eq!(report["failed"], json!([]), "{report}");
    assert_eq!(
        report["imported"][0]["added"],
        json!(["darwin_arm64", LINUX]),
        "{report}"
    );
    // Once more changes nothing.
    atoll.run(["provider", "import", tree]).await.succeeds();

    atoll.write("atoll.hcl", "upstream \"terraform\" \"tf.example\" {}\n");
    let server = atoll.serve(&["--offline"]).await;
    let list = server
        .nobody()
        .get(&format!("/mirror/tf.example/{CORAL}/index.json"))
        .await;
    is(&list, StatusCode::OK);
    let installed = Terraform::find_for(test, server.ca_pem()).unwrap();
    let (_, port) = server.host().split_once(':').unwrap();
    installed.configure_mirror(&format!("https://localhost:{port}/mirror/"));
    installed.require(&[("coral", &format!("tf.example/{CORAL}"), ">= 1.0.0")]);
    let _ = installed.init().await.succeeds().says("v1.2.3");
    server.stop().await;
}
