//! What a module is, and what it needs.

use http::StatusCode;
use serde_json::json;

use super::archives::{FILES, zip_of};
use super::modules::{Author, VPC};

#[tokio::test]
async fn a_module_is_shown_with_what_it_is_and_needs() {
    let author = Author::new().await;
    let published = author.put_version("1.0.0", zip_of(&FILES)).await.json;
    author.put_version("1.1.0-rc.1", zip_of(&FILES)).await;
    let shown = author.get(&format!("{VPC}/1.0.0")).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.json);
    let shown = shown.json;
    for (name, expected) in [
        ("address", json!("self/acme/vpc/aws")),
        ("version", json!("1.0.0")),
        ("versions", json!(["1.0.0", "1.1.0-rc.1"])),
        ("origin", json!("published")),
        ("source", json!(null)),
        ("subdir", json!(null)),
        ("deprecation", json!(null)),
        ("digest", published["digest"].clone()),
        ("size_bytes", published["size_bytes"].clone()),
    ] {
        assert_eq!(shown[name], expected, "{name}");
    }
    let needs = json!([
        {"kind": "provider", "source": "hashicorp/aws", "version": null, "from": ""},
        {"kind": "registry", "source": "acme/zone/aws", "version": "~> 2.0", "from": ""},
        {"kind": "git", "source": "git::https://git.example/tags.git?ref=v1", "version": null, "from": ""},
    ]);
    assert_eq!(shown["needs"], needs);
    let root = &shown["description"]["root"];
    assert_eq!(root["readme"], "# A network\n");
    assert_eq!(root["inputs"][0]["name"], "cidr");
    assert_eq!(root["inputs"][0]["description"], "The addresses.");
    assert_eq!(root["outputs"][0]["name"], "id");
    assert_eq!(root["resources"][0]["type"], "aws_vpc");
    assert_eq!(root["module_calls"].as_array().unwrap().len(), 3);
    let inner = &shown["description"]["submodules"][0];
    assert_eq!(inner["path"], "modules/inner");
}

#[tokio::test]
async fn without_a_version_the_newest_release_is_shown() {
    let author = Author::new().await;
    author
        .get(VPC)
        .await
        .refused(StatusCode::NOT_FOUND, "self/acme/vpc/aws");
    author.put_version("1.0.0-rc.1", zip_of(&FILES)).await;
    assert_eq!(author.get(VPC).await.json["version"], "1.0.0-rc.1");
    for version in ["1.9.0", "1.10.0", "2.0.0-rc.1"] {
        author.put_version(version, zip_of(&FILES)).await;
    }
    assert_eq!(author.get(VPC).await.json["version"], "1.10.0");
    let missing = author.get(&format!("{VPC}/3.0.0")).await;
    missing.refused(StatusCode::NOT_FOUND, "3.0.0");
    let wrong = author.get(&format!("{VPC}/3")).await;
    wrong.refused(StatusCode::BAD_REQUEST, "version \"3\"");
}

#[tokio::test]
async fn what_can_not_be_read_is_shown_as_far_as_it_can() {
    let author = Author::new().await;
    let files = [
        ("main.tf", "variable \"a\" {}\n"),
        ("broken.tf", "resource {{{"),
    ];
    let published = author.put_version("1.0.0", zip_of(&files)).await;
    assert_eq!(published.status, StatusCode::CREATED, "{}", published.json);
    let shown = author.get(VPC).await.json;
    let root = &shown["description"]["root"];
    assert_eq!(root["inputs"][0]["name"], "a");
    assert_eq!(root["diagnostics"][0]["file"], "broken.tf");
}

#[tokio::test]
async fn lists_go_on_with_what_was_asked_for() {
    let author = Author::new().await;
    for path in ["acme/vpc/aws", "acme/zone/aws", "acme/vpc/google"] {
        let path = format!("/api/v1/modules/self/{path}/1.0.0");
        let published = author.put(&path, zip_of(&FILES)).await;
        assert_eq!(published.status, StatusCode::CREATED, "{}", published.json);
    }
    let shelf = "/v1/modules/search";
    let page = author
        .get(&format!("{shelf}?q=acme/&provider=aws&limit=1"))
        .await;
    assert_eq!(page.json["modules"][0]["name"], "vpc", "{}", page.json);
    let next = page.json["meta"]["next_url"].as_str().unwrap();
    let after = "after=modules%2Fself%2Facme%2Fvpc%2Faws";
    let expected = format!("?limit=1&offset=1&{after}&q=acme%2F&provider=aws");
    assert_eq!(next, expected);
    let page = author.get(&format!("{shelf}{next}")).await;
    assert_eq!(page.json["modules"][0]["name"], "zone", "{}", page.json);
    assert_eq!(page.json["meta"]["next_url"], json!(null));
    let nowhere = author.get(&format!("{shelf}?after=%00")).await;
    assert_eq!(nowhere.status, StatusCode::BAD_REQUEST, "{}", nowhere.json);
    let nobodys = author.world.get("", shelf).await;
    assert_eq!(nobodys.json["modules"], json!([]));
}
