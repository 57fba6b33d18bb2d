//! A module's life, by the program's own commands beside a running server, as its users see it.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::program::Ended;
use atoll_testkit::terraform::{Terraform, credentials_block};
use serde_json::{Value, json};

use super::calls::{call, installs};

const GREETING: &str = "acme/greeting/null";
const MAIN: &str = "variable \"name\" {\n  type        = string\n  description = \"Who is greeted.\"\n  default     = \"reef\"\n}\n\noutput \"greeting\" {\n  value = \"hello ${var.name}\"\n}\n";
const NEEDY: &str = "module \"policy\" {\n  source = \"git::https://git.example/policy.git?ref=v1\"\n}\n\nmodule \"label\" {\n  source  = \"cloudposse/label/null\"\n  version = \"0.25.0\"\n}\n";

/// Runs `atoll module …`; words begin with what is done.
async fn module(atoll: &Atoll, words: &str, more: &[&str]) -> Ended {
    let words = ["module"].into_iter().chain(words.split(' '));
    atoll.run(words.chain(more.iter().copied())).await
}

/// Text without the spaces that make columns of it.
fn narrowed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write_greeting(atoll: &Atoll) {
    atoll.write("greeting/main.tf", MAIN);
    atoll.write("greeting/README.md", "# Greeting\n\nSays hello.\n");
    // Nothing of this is part of a module.
    atoll.write("greeting/.git/config", "[core]\n");
    atoll.write("greeting/.terraform/modules/x/main.tf", "# x\n");
    atoll.write("greeting/terraform.tfstate", "{\"secret\": true}");
}

#[tokio::test]
async fn from_its_directory_to_its_tombstone() {
    let test = "modules::from_its_directory_to_its_tombstone";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let server = atoll.serve(&[]).await;
    write_greeting(&atoll);
    let publish = format!("publish greeting --address {GREETING} --version 1.0.0");
    let published = module(&atoll, &publish, &[]).await;
    assert!(
        published.stderr.contains("terraform.tfstate"),
        "{published}"
    );
    let said = published.succeeds();
    let line = format!("published self/{GREETING} 1.0.0: 2 files, ");
    assert!(said.starts_with(&line), "{said}");
    let package = said.trim_end().rsplit(' ').next().unwrap().to_owned();
    // Whoever is refused can compare: by what the command said when it published, and says of other bytes elsewhere.
    atoll.write("greeting/more.tf", "# more\n");
    let other = publish.replace("1.0.0", "1.0.1");
    let other = module(&atoll, &other, &[]).await.succeeds();
    let other = other.trim_end().rsplit(' ').next().unwrap();
    assert!(package.starts_with("sha256:") && package != other);
    let published = format!("is published with the package {package} (manifest sha256:");
    let offered = format!("what was offered has the package {other} (manifest sha256:");
    let refused = module(&atoll, &publish, &[]).await;
    refused.fails(1, &[&published, &offered]);
    module(&atoll, &format!("delete {GREETING} --version 1.0.1"), &[])
        .await
        .succeeds();

    let token = atoll.token("pull:modules/self/acme/*").await;
    let terraform = Terraform::find_for(test, server.ca_pem());
    let host = server.host().to_owned();
    let source = format!("{host}/{GREETING}");
    if let Some(terraform) = &terraform {
        terraform.configure(&credentials_block(&host, &token));
        installs(terraform, &source, "~> 1.0", "1.0.0").await;
    }

    let delete = format!("delete {GREETING} --version 1.0.0");
    module(&atoll, &delete, &[]).await.succeeds();
    if let Some(terraform) = &terraform {
        terraform.forget_installed();
        terraform.write("main.tf", &call(&source, "1.0.0"));
        let gone = terraform.init().await;
        let _ = gone.fails_saying("cannot be found in the module registry");
    }
    let show = format!("show {GREETING} --version 1.0.0");
    module(&atoll, &show, &[])
        .await
        .fails(1, &["there is no module self/acme/greeting/null"]);
    // Other bytes are refused for ever, the same ones are not.
    let deleted = format!("was deleted, and had the package {package} (manifest sha256:");
    let refused = module(&atoll, &publish, &[]).await;
    refused.fails(1, &[&deleted, &offered]);
    std::fs::remove_file(atoll.path("greeting/more.tf")).unwrap();
    assert_eq!(module(&atoll, &publish, &[]).await.succeeds(), said);
    if let Some(terraform) = &terraform {
        installs(terraform, &source, "1.0.0", "1.0.0").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn what_it_is_and_what_it_needs_is_shown() {
    let Some(atoll) = Atoll::find_for("modules::what_it_is_and_what_it_needs_is_shown") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    write_greeting(&atoll);
    atoll.write("greeting/needs.tf", NEEDY);
    let inner = "module \"inner\" {\n  source = \"git@git.example:inner.git\"\n}\n";
    atoll.write("greeting/modules/deep/main.tf", inner);
    for version in ["1.0.0", "1.1.0-rc.1"] {
        let publish = format!("publish greeting --address {GREETING} --version {version}");
        module(&atoll, &publish, &[]).await.succeeds();
    }
    let show = format!("show {GREETING}");
    let text = module(&atoll, &show, &[]).await.succeeds();
    let shown = narrowed(&text);
    for words in [
        "self/acme/greeting/null 1.0.0 versions ",
        "1.1.0-rc.1",
        "origin published",
        "name string \"reef\" Who is greeted.",
        "outputs NAME DESCRIPTION greeting",
        "modules/deep 0 0",
        "needs: git git::https://git.example/policy.git?ref=v1",
        "needs: registry cloudposse/label/null 0.25.0",
        "needs: git git@git.example:inner.git (from modules/deep)",
    ] {
        assert!(shown.contains(words), "no {words:?} in:\n{text}");
    }
    let json = module(&atoll, &show, &["--json"]).await.succeeds();
    let json: Value = serde_json::from_str(&json).unwrap();
    let need = json!({"kind": "git", "source": "git::https://git.example/policy.git?ref=v1", "version": null, "from": ""});
    assert!(json["needs"].as_array().unwrap().contains(&need), "{json}");
    let absent = module(&atoll, "show acme/absent/null", &[]).await;
    absent.fails(1, &["acme/absent/null"]);
    server.stop().await;
}

#[tokio::test]
async fn advice_against_it_comes_and_goes() {
    let Some(atoll) = Atoll::find_for("modules::advice_against_it_comes_and_goes") else {
        return;
    };
    let server = atoll.serve(&[]).await;
    write_greeting(&atoll);
    for version in ["1.0.0", "2.0.0"] {
        let publish = format!("publish greeting --address {GREETING} --version {version}");
        module(&atoll, &publish, &[]).await.succeeds();
    }
    let shown = async |version: &str| {
        let show = format!("show {GREETING} --version {version}");
        narrowed(&module(&atoll, &show, &[]).await.succeeds())
    };
    let advice = "deprecated loses words (use self/acme/speech/null instead)";
    let deprecate = format!("deprecate {GREETING} --version 1.0.0 --successor acme/speech/null");
    let said = ["--message", "loses words"];
    module(&atoll, &deprecate, &said).await.succeeds();
    let text = shown("1.0.0").await;
    assert!(text.contains(advice), "{text}");
    assert!(!shown("2.0.0").await.contains("deprecated"));
    let client = server.client(&atoll.token("pull:modules/self/*").await);
    let path = format!("/v1/modules/{GREETING}/1.0.0");
    let details = client.get(&path).await.json();
    assert_eq!(details["deprecation"]["reason"], "loses words", "{details}");
    // It is advice: clients still get it.
    let download = client.get(&format!("{path}/download")).await;
    assert_eq!(download.status, http::StatusCode::NO_CONTENT);

    let take_back = format!("undeprecate {GREETING} --version 1.0.0");
    module(&atoll, &take_back, &[]).await.succeeds();
    assert!(!shown("1.0.0").await.contains("deprecated"));
    // Of all versions.
    let all = format!("deprecate {GREETING}");
    module(&atoll, &all, &["--message", "nobody greets any more"])
        .await
        .succeeds();
    for version in ["1.0.0", "2.0.0"] {
        let words = "deprecated nobody greets any more";
        assert!(shown(version).await.contains(words), "{version}");
    }
    let all = format!("undeprecate {GREETING}");
    module(&atoll, &all, &[]).await.succeeds();
    assert!(!shown("2.0.0").await.contains("deprecated"));
    server.stop().await;
}

#[tokio::test]
async fn from_another_machine_it_takes_a_token_with_the_right() {
    let test = "modules::from_another_machine_it_takes_a_token_with_the_right";
    let Some(atoll) = Atoll::find_for(test) else {
        return;
    };
    let server = atoll.serve(&[]).await;
    let elsewhere = Atoll::find_for(test).unwrap();
    write_greeting(&elsewhere);
    let ca = elsewhere.write("ca.pem", server.ca_pem().unwrap());
    let owner = atoll.token("push:modules/self/acme/*").await;
    let stranger = atoll.token("push:modules/self/other/*").await;
    let publish = format!("publish greeting --address {GREETING} --version 1.0.0");
    let target = ["--server", server.url(), "--ca", ca.to_str().unwrap()];
    let with = |token| [target.as_slice(), &["--token", token]].concat();
    let refused = module(&elsewhere, &publish, &target).await;
    refused.fails(1, &["a token is needed to publish"]);
    let refused = module(&elsewhere, &publish, &with(&stranger)).await;
    refused.fails(1, &["is unknown, or this token has no right to see it"]);
    let said = module(&elsewhere, &publish, &with(&owner)).await.succeeds();
    assert!(said.contains(" 1.0.0: 2 files"), "{said}");
    // By the name of the server as well, as configurations have it.
    let show = format!("show {}/{GREETING}", server.host());
    let shown = module(&elsewhere, &show, &with(&owner)).await.succeeds();
    assert!(shown.contains(&format!("self/{GREETING} 1.0.0")), "{shown}");
    server.stop().await;
}
