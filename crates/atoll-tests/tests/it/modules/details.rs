//! What a module is, as editors and people read it.

use atoll_testkit::modules;
use atoll_testkit::server::TestServer;
use http::StatusCode;
use serde_json::json;

use super::world::publish;

const FILES: &[(&str, &str)] = &[
    (
        "main.tf",
        r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "cidr" {
  type        = string
  description = "The range."
}

variable "tags" {
  type      = map(string)
  default   = { team = "reef" }
  sensitive = true
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
}

module "labels" {
  source  = "cloudposse/label/null"
  version = "0.25.0"
}

module "policy" {
  source = "git::https://git.example/policy.git?ref=v1"
}

output "id" {
  value       = aws_vpc.this.id
  description = "Its id."
}
"#,
    ),
    ("README.md", "# VPC\n\nMakes a network.\n"),
    ("modules/peering/main.tf", "variable \"peer\" {}\n"),
    (
        "examples/simple/main.tf",
        "module \"vpc\" {\n  source = \"../..\"\n  cidr   = \"10.0.0.0/8\"\n}\n",
    ),
];

#[tokio::test]
async fn the_public_registrys_shape_is_kept() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    let reply = publish(&owner, "acme/vpc/aws", "1.0.0", modules::zip(FILES)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    for path in ["/v1/modules/acme/vpc/aws", "/v1/modules/acme/vpc/aws/1.0.0"] {
        let reply = owner.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let json = reply.json();
        assert_eq!(json["id"], "acme/vpc/aws/1.0.0");
        assert_eq!(json["description"], "Makes a network.");
        let root = &json["root"];
        assert_eq!(root["inputs"][0]["name"], "cidr");
        assert_eq!(root["inputs"][0]["required"], true);
        assert_eq!(root["inputs"][0]["default"], "");
        assert_eq!(root["inputs"][1]["default"], r#"{"team":"reef"}"#);
        assert_eq!(
            root["outputs"],
            json!([{"name": "id", "description": "Its id.", "sensitive": false}])
        );
        assert_eq!(
            root["resources"],
            json!([{"name": "this", "type": "aws_vpc"}])
        );
        assert_eq!(root["provider_dependencies"][0]["source"], "hashicorp/aws");
        assert_eq!(root["provider_dependencies"][0]["namespace"], "hashicorp");
        assert_eq!(root["dependencies"][0]["version"], "0.25.0");
        assert_eq!(json["submodules"][0]["path"], "modules/peering");
        assert_eq!(json["examples"][0]["path"], "examples/simple");
    }
    let newest = owner.get("/v1/modules/acme/vpc/aws/download").await;
    assert_eq!(newest.status, StatusCode::FOUND, "{}", newest.text());
    assert_eq!(newest.header("location"), "./1.0.0/download");
}

#[tokio::test]
async fn what_it_needs_from_elsewhere_is_told() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    publish(&owner, "acme/vpc/aws", "1.0.0", modules::zip(FILES)).await;
    let shown = owner.get("/api/v1/modules/self/acme/vpc/aws").await.json();
    let needs = shown["needs"].as_array().unwrap();
    for (kind, source) in [
        ("provider", "hashicorp/aws"),
        ("registry", "cloudposse/label/null"),
        ("git", "git::https://git.example/policy.git?ref=v1"),
    ] {
        assert!(
            needs
                .iter()
                .any(|need| need["kind"] == kind && need["source"] == source),
            "{kind}: {shown}"
        );
    }
    assert!(!needs.iter().any(|need| need["source"] == "../.."));
}

#[tokio::test]
async fn what_is_deprecated_says_so() {
    let server = TestServer::start().await;
    let owner = server.robot("push:modules/self/acme/*").await;
    for version in ["1.0.0", "2.0.0"] {
        publish(&owner, "acme/vpc/aws", version, modules::zip(FILES)).await;
    }
    let base = "/api/v1/modules/self/acme/vpc/aws";
    let notice = json!({"message": "use 2.0.0", "successor": "acme/net/aws"}).to_string();
    let put = owner
        .put(
            &format!("{base}/1.0.0/deprecation"),
            "application/json",
            notice,
        )
        .await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text());
    let old = owner.get("/v1/modules/acme/vpc/aws/1.0.0").await.json();
    assert_eq!(old["deprecation"]["reason"], "use 2.0.0");
    let new = owner.get("/v1/modules/acme/vpc/aws/2.0.0").await.json();
    assert_eq!(new["deprecation"], json!(null));
    let gone = owner.delete(&format!("{base}/1.0.0/deprecation")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let old = owner.get("/v1/modules/acme/vpc/aws/1.0.0").await.json();
    assert_eq!(old["deprecation"], json!(null));
}
