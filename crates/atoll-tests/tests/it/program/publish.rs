//! Releases that are published: signed by their publisher, by Atoll, platform by platform, and taken over from a tree.

use atoll_testkit::atoll::Atoll;
use atoll_testkit::{keys, zips};
use http::{Method, StatusCode};
use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::world::{
    CORAL, CORAL_REPOSITORY, DARWIN, LINUX, Release, is, listed, reads_whole, refuses,
    register_key, zip_name,
};

#[tokio::test]
async fn a_signed_release_keeps_its_signature() {
    let Some(atoll) = Atoll::find_for("a_signed_release_keeps_its_signature") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    register_key(&atoll).await;
    let release = Release::signed("1.0.0", &[LINUX, DARWIN]);
    let published = release.publish(&atoll).await;
    assert!(published.is_ok(), "{published}");
    assert_eq!(published.stdout, "", "{published}");
    assert!(
        published
            .stderr
            .contains(&keys::publisher_key().key_id().to_string()),
        "{published}"
    );
    let rows = listed(&atoll).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["proof"], "signed", "{rows:?}");

    let client = server.client(&atoll.token("pull:*").await);
    let package = client
        .get(&format!("/v1/providers/{CORAL}/1.0.0/download/linux/amd64"))
        .await;
    is(&package, StatusCode::OK);
    let (_, zip) = &release.files[0];
    assert_eq!(package.json()["shasum"], zips::sha256_hex(zip));
    let fetched = client
        .get(package.json()["download_url"].as_str().unwrap())
        .await;
    is(&fetched, StatusCode::OK);
    assert_eq!(&fetched.body, zip);
    let sums = client
        .get(package.json()["shasums_url"].as_str().unwrap())
        .await;
    assert_eq!(
        sums.text(),
        Release::unsigned("1.0.0", &[LINUX, DARWIN]).sums()
    );
    reads_whole(&client, CORAL_REPOSITORY, "1.0.0").await;

    // The same again changes nothing; other bytes are refused.
    release.publish(&atoll).await.succeeds();
    let mut other = Release::unsigned("1.0.0", &[LINUX, DARWIN]);
    other.files[0].1 = zips::large_provider("coral", "1.0.0", LINUX, 10);
    let sums = other.sums();
    let (was, offered) = (zips::sha256_hex(zip), zips::sha256_hex(&other.files[0].1));
    let refused = other
        .signed_as(&sums, keys::publisher_key())
        .publish(&atoll)
        .await;
    let was = format!("is published with the zip sha256:{was} for {LINUX} (manifest ");
    let offered = format!("what was offered has the zip sha256:{offered} for {LINUX} (manifest ");
    refuses(
        &refused,
        1,
        &["1.0.0", &was, &offered, "publish a new version"],
    );
    server.stop().await;
}

#[tokio::test]
async fn a_release_without_sums_is_signed_by_the_server() {
    let Some(atoll) = Atoll::find_for("a_release_without_sums_is_signed_by_the_server") else {
        return;
    };
    let directory = Release::unsigned("1.0.0", &[LINUX, DARWIN]).write(&atoll, "dist");
    let arguments = [
        "provider",
        "publish",
        directory.to_str().unwrap(),
        "--address",
        CORAL,
        "--version",
        "1.0.0",
        "--json",
    ];
    let published = atoll.run(arguments).await.succeeds();
    let published: serde_json::Value = serde_json::from_str(&published).unwrap();
    assert_eq!(published["platforms"], json!([DARWIN, LINUX]));
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token("pull:*").await);
    let package = client
        .get(&format!("/v1/providers/{CORAL}/1.0.0/download/linux/amd64"))
        .await
        .json();
    assert_eq!(
        package["signing_keys"]["gpg_public_keys"][0]["key_id"], published["key_id"],
        "{package}"
    );
    let sums = client.get(package["shasums_url"].as_str().unwrap()).await;
    let signature = client
        .get(package["shasums_signature_url"].as_str().unwrap())
        .await;
    let armored = package["signing_keys"]["gpg_public_keys"][0]["ascii_armor"]
        .as_str()
        .unwrap();
    let key = atoll_core::openpgp::PublicKey::parse_armored(armored).unwrap();
    atoll_core::openpgp::verify_detached(&[key], &sums.body, &signature.body).unwrap();
    server.stop().await;
}

#[tokio::test]
async fn platforms_join_one_by_one() {
    let Some(atoll) = Atoll::find_for("platforms_join_one_by_one") else {
        return;
    };
    let server = atoll.serve_plainly().await;
    let client = server.client(&atoll.token(&format!("push:{CORAL_REPOSITORY}")).await);
    let hand_in = async |os: &'static str, arch: &'static str| {
        let zip = zips::provider("coral", "2.0.0", &format!("{os}_{arch}"));
        let form = Form::new()
            .text("namespace", "acme")
            .text("type", "coral")
            .text("version", "2.0.0");
        let form = form
            .text("os", os)
            .text("arch", arch)
            .part("file", Part::bytes(zip.to_vec()).file_name("any.zip"));
        client
            .send(
                client
                    .request(Method::POST, "/api/v1/providers")
                    .multipart(form),
            )
            .await
    };
    let first = hand_in("linux", "amd64").await;
    is(&first, StatusCode::CREATED);
    assert_eq!(first.json()["platforms"], json!([LINUX]));
    let second = hand_in("darwin", "arm64").await;
    is(&second, StatusCode::CREATED);
    assert_eq!(second.json()["platforms"], json!([DARWIN, LINUX]));
    // By the command as well.
    let directory = Release::unsigned("2.0.0", &["windows_amd64", LINUX]).write(&atoll, "dist");
    let arguments = [
        "provider",
        "publish",
        directory.to_str().unwrap(),
        "--address",
        CORAL,
        "--version",
        "2.0.0",
        "--platform-only",
    ];
    atoll.run(arguments).await.succeeds();
    let versions = client
        .get(&format!("/v1/providers/{CORAL}/versions"))
        .await
        .json();
    assert_eq!(
        versions["versions"][0]["platforms"]
            .as_array()
            .unwrap()
            .len(),
        3,
        "{versions}"
    );
    reads_whole(&client, CORAL_REPOSITORY, "2.0.0").await;
    // Other bytes for one that is there: both are named.
    let mut other = Release::unsigned("2.0.0", &[LINUX]);
    let was = zips::sha256_hex(&other.files[0].1);
    other.files[0].1 = zips::large_provider("coral", "2.0.0", LINUX, 10);
    let offered = zips::sha256_hex(&other.files[0].1);
    let differ = format!("other bytes (sha256:{was}, and sha256:{offered} was offered)");
    refuses(&other.publish(&atoll).await, 1, &[&differ]);
    server.stop().await;
}

#[tokio::test]
async fn a_tree_that_terraform_wrote_is_taken_over() {
    let Some(atoll) = Atoll::find_for("a_tree_that_terraform_wrote_is_taken_over") else {
        return;
    };
    let zip = zips::provider("coral", "1.0.0", LINUX);
    let name = zip_name("1.0.0", LINUX);
    let place = "tree/registry.terraform.io/acme/coral";
    atoll.write(&format!("{place}/{name}"), &zip);
    atoll.write(
        &format!("{place}/index.json"),
        r#"{"versions":{"1.0.0":{}}}"#,
    );
    let document = json!({"archives": {LINUX: {"url": name, "hashes": [zips::h1(&zip)]}}});
    atoll.write(&format!("{place}/1.0.0.json"), document.to_string());
    let tree = atoll.path("tree");
    let imported = atoll
        .run(["provider", "import", tree.to_str().unwrap(), "--json"])
        .await
        .succeeds();
    let report: serde_json::Value = serde_json::from_str(&imported).unwrap();
    assert_eq!(report["imported"][0]["added"], json!([LINUX]), "{imported}");

    let server = atoll.serve(&["--no-tls", "--offline"]).await;
    let mirrored = server
        .nobody()
        .get("/mirror/registry.terraform.io/acme/coral/1.0.0.json")
        .await;
    is(&mirrored, StatusCode::OK);
    let archive = &mirrored.json()["archives"][LINUX];
    assert!(
        archive["hashes"]
            .as_array()
            .unwrap()
            .contains(&json!(zips::h1(&zip))),
        "{archive}"
    );
    let url = archive["url"].as_str().unwrap();
    let base = format!(
        "{}/mirror/registry.terraform.io/acme/coral/1.0.0.json",
        server.url()
    );
    let url = url::Url::parse(&base).unwrap().join(url).unwrap();
    let path = format!("{}{}", server.url(), &url[url::Position::BeforePath..]);
    assert_eq!(server.nobody().get(&path).await.body, zip);

    // A tree with a wrong hash is taken over but for that version, and the exit code says so.
    let wrong = json!({"archives": {LINUX: {"url": name, "hashes": [zips::h1(&zips::provider("coral", "9.9.9", LINUX))]}}});
    let other = zip_name("1.1.0", LINUX);
    atoll.write(
        &format!("{place}/1.1.0.json"),
        wrong.to_string().replace("1.0.0", "1.1.0"),
    );
    atoll.write(
        &format!("{place}/{other}"),
        zips::provider("coral", "1.1.0", LINUX),
    );
    refuses(
        &atoll
            .run(["provider", "import", tree.to_str().unwrap()])
            .await,
        1,
        &["not imported", "1.1.0", "hash"],
    );
    server.stop().await;
}
