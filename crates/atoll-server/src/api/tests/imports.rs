//! Taking over other hosts' providers.

use http::StatusCode;
use serde_json::json;

use super::world::{Form, World, provider_zip};

const PATH: &str = "/api/v1/imports/providers";
const ZIP: &str = "terraform-provider-random_3.6.0_linux_amd64.zip";

fn version(hostname: &str) -> Form {
    Form::default()
        .text("hostname", hostname)
        .text("namespace", "hashicorp")
        .text("type", "random")
        .text("version", "3.6.0")
}

#[tokio::test]
async fn zips_are_taken_over_once() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let form = || {
        version("registry.terraform.io")
            .text("hashes", r#"{"linux_amd64":[]}"#)
            .file(ZIP, &provider_zip("random", "x"))
    };
    let imported = world.post_form(&admin, PATH, form()).await;
    assert_eq!(imported.status, StatusCode::CREATED, "{}", imported.json);
    assert_eq!(imported.json["added"], json!(["linux_amd64"]));
    let again = world.post_form(&admin, PATH, form()).await;
    assert_eq!(
        (again.status, &again.json["added"]),
        (StatusCode::CREATED, &json!([]))
    );
    let list = world
        .get(
            &admin,
            "/api/v1/artifacts?pattern=registry.terraform.io/*/*",
        )
        .await
        .json;
    assert_eq!(
        (
            &list["artifacts"][0]["origin"],
            &list["artifacts"][0]["proof"]
        ),
        (&json!("imported"), &json!("hashed"))
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let world = World::new().await;
    let admin = world.token("admin").await;
    let zip = provider_zip("random", "x");
    let wrong = format!(r#"{{"linux_amd64":["zh:{}"]}}"#, "0".repeat(64));
    for (form, words) in [
        (version("registry.terraform.io"), "no zip"),
        (version("self").file(ZIP, &zip), "own"),
        (version("not a host").file(ZIP, &zip), "hostname"),
        (
            version("registry.terraform.io").file("x.zip", &zip),
            "x.zip",
        ),
        (
            version("registry.terraform.io")
                .text("hashes", &wrong)
                .file(ZIP, &zip),
            "should have",
        ),
        (
            version("registry.terraform.io")
                .text("hashes", "[]")
                .file(ZIP, &zip),
            "hashes is an object",
        ),
        (
            version("registry.terraform.io")
                .text("hashes", r#"{"plan9":[]}"#)
                .file(ZIP, &zip),
            "hashes is an object",
        ),
        (
            version("registry.terraform.io")
                .text("os", "linux")
                .file(ZIP, &zip),
            "no field \"os\"",
        ),
    ] {
        world
            .post_form(&admin, PATH, form)
            .await
            .refused(StatusCode::BAD_REQUEST, words);
    }
}
