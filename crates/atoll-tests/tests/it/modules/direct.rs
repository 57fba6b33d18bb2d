//! OpenTofu's direct mode, by its own requests.

use http::{Method, StatusCode};

use super::world::{REEF, World, location};

#[tokio::test]
async fn an_opentofu_that_can_is_told_to_fetch_by_itself() {
    let world = World::with(|setup| setup.direct = true).await;
    world.offer_greeting(REEF, "1.0.0");
    let path = format!("/hosts/registry.coder.com/v1/modules/{REEF}/1.0.0/download");
    for (agent, is_direct) in [
        ("OpenTofu/1.12.6", true),
        ("OpenTofu/1.13.0-dev ci", true),
        ("OpenTofu/1.11.9", false),
        ("Terraform/1.15.0", false),
        ("curl/8", false),
    ] {
        let client = world.nobody();
        let request = client
            .request(Method::GET, &path)
            .header("user-agent", agent)
            .header("x-terraform-version", "1.12.6");
        let reply = client.send(request).await;
        assert_eq!(reply.header("vary"), "user-agent", "{agent}");
        if !is_direct {
            location(&reply);
            continue;
        }
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), "application/json");
        let json = reply.json();
        assert_eq!(json["use_registry_credentials"], true);
        let address = json["location"].as_str().unwrap();
        assert!(!address.contains(['?', '#']), "{address}");
        let request = client
            .request(Method::GET, address)
            .header("accept", "application/zip, application/x-tar; *;q=0.1")
            .header("accept-encoding", "identity, gzip, *;q=0.1");
        let package = client.send(request).await;
        assert_eq!(package.status, StatusCode::OK);
        assert_eq!(package.header("content-encoding"), "");
        assert!(package.body.starts_with(b"PK"));
    }
}
