//! Configurations that call a module, and what comes of them.

use atoll_testkit::terraform::Terraform;

/// A configuration that calls a module and shows what it says.
pub(super) fn call(source: &str, version: &str) -> String {
    format!(
        "module \"it\" {{\n  source  = {source:?}\n  version = {version:?}\n}}\n\noutput \"it\" {{\n  value = module.it.greeting\n}}\n"
    )
}

/// What was installed greets.
pub(super) async fn applies(terraform: &Terraform) {
    let _ = terraform
        .run(&["apply", "-auto-approve"])
        .await
        .succeeds()
        .says("hello reef");
}

/// Installs a module afresh; it must be this version, and greet.
pub(super) async fn installs(terraform: &Terraform, source: &str, constraint: &str, version: &str) {
    terraform.forget_installed();
    terraform.write("main.tf", &call(source, constraint));
    let _ = terraform.init().await.succeeds();
    let installed = terraform.read(".terraform/modules/modules.json");
    let installed: serde_json::Value = serde_json::from_str(&installed).unwrap();
    let modules = installed["Modules"].as_array().unwrap();
    let it = modules.iter().find(|module| module["Key"] == "it");
    assert_eq!(it.unwrap()["Version"], version, "{installed}");
    applies(terraform).await;
}
