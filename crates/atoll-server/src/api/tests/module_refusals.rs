//! Modules that are not taken, of which nothing stays.

use http::StatusCode;
use serde_json::json;

use super::archives::{FILES, tar_gz_of, zip_of, zip_with_link};
use super::modules::{Author, VPC, fields};
use super::world::Form;

const BAD: StatusCode = StatusCode::BAD_REQUEST;

impl Author {
    /// The archive is refused as a body and in a form.
    async fn refuses(&self, archive: &[u8], status: StatusCode, words: &str) {
        let put = self.put_version("1.0.0", archive.to_vec()).await;
        put.refused(status, words);
        let posted = self
            .post(fields("vpc", "1.0.0").file("x.zip", archive))
            .await;
        posted.refused(status, words);
    }

    async fn has_nothing(&self) {
        assert_eq!(self.listed().await.status, StatusCode::NOT_FOUND);
        let admin = self.world.token("admin pull:*").await;
        let artifacts = self.world.get(&admin, "/api/v1/artifacts").await.json;
        assert_eq!(artifacts["artifacts"], json!([]));
        let repository = "/api/v1/repositories/modules/self/acme/vpc/aws";
        let repository = self.world.get(&admin, repository).await;
        assert_eq!(
            repository.status,
            StatusCode::NOT_FOUND,
            "{}",
            repository.json
        );
    }
}

#[tokio::test]
async fn archives_that_are_no_modules_are_explained() {
    let author = Author::new().await;
    let long = format!("{}.tf", "x".repeat(300));
    let with = |name: &str| zip_of(&[FILES[0], (name, "")]);
    let cases = [
        (
            zip_of(&[("README.md", "# no module")]),
            "there is no module in",
        ),
        (with("../evil.tf"), "has a `..` in it"),
        (with("a/../../evil.tf"), "has a `..` in it"),
        (with("/etc/evil.tf"), "absolute"),
        (with("MAIN.tf"), "in case alone"),
        (with(&long), "longer than"),
        (
            zip_with_link("up", "../../etc/passwd"),
            "leaves the archive",
        ),
        (zip_with_link("root", "/etc/passwd"), "leaves the archive"),
        (zip_with_link("nothing", "missing.tf"), "not in the archive"),
        (b"<!DOCTYPE html><html><body>Log in".to_vec(), "HTML page"),
        (b"{\"error\":\"no such file\"}".to_vec(), "got JSON"),
        (Vec::new(), "empty file"),
        (zip_of(&FILES)[..200].to_vec(), "not a readable zip"),
        (
            tar_gz_of("", &FILES)[..100].to_vec(),
            "damaged or cut short",
        ),
    ];
    for (archive, words) in cases {
        author.refuses(&archive, BAD, words).await;
    }
    author.has_nothing().await;
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    let author = Author::new().await;
    let zeros = "\0".repeat(65 << 20);
    let bomb = zip_of(&[FILES[0], ("zeros", &zeros)]);
    assert!(bomb.len() < 1 << 20);
    author
        .refuses(&bomb, StatusCode::PAYLOAD_TOO_LARGE, "times as much")
        .await;
    author.has_nothing().await;
}

#[tokio::test]
async fn paths_that_name_no_version_of_ours_are_explained() {
    let author = Author::new().await;
    let tree = "/api/v1/modules";
    for (path, words) in [
        (format!("{VPC}/1.2"), "version \"1.2\""),
        (format!("{VPC}/v1.2.3"), "version \"v1.2.3\""),
        (format!("{VPC}/latest"), "version \"latest\""),
        (format!("{tree}/self/-acme/vpc/aws/1.0.0"), "namespace"),
        (format!("{tree}/self/acme/v%20pc/aws/1.0.0"), "name"),
        (format!("{tree}/self/acme/vpc/AWS/1.0.0"), "lower-case"),
        (format!("{tree}/self/acme%2F../vpc/aws/1.0.0"), "namespace"),
        (
            format!("{tree}/tf.example/acme/vpc/aws/1.0.0"),
            "has the host `self`",
        ),
        (
            format!("{tree}/not%20a%20host/acme/vpc/aws/1.0.0"),
            "not a host",
        ),
    ] {
        author.put(&path, zip_of(&FILES)).await.refused(BAD, words);
    }
    author.has_nothing().await;
}

#[tokio::test]
async fn forms_that_make_no_sense_are_explained() {
    let author = Author::new().await;
    let zip = zip_of(&FILES);
    let forms = [
        (Form::default(), "no file"),
        (fields("vpc", "1.0.0"), "no file"),
        (Form::default().file("x.zip", &zip), "namespace is missing"),
        (
            Form::default()
                .file("x.zip", &zip)
                .text("namespace", "acme"),
            "namespace is missing",
        ),
        (
            fields("vpc", "1.0.0").file("x.zip", &zip).text("note", "x"),
            "fields come first",
        ),
        (
            fields("vpc", "1.0.0")
                .file("x.zip", &zip)
                .file("y.zip", &zip),
            "one file",
        ),
        (
            fields("vpc", "1.0.0")
                .text("colour", "red")
                .file("x.zip", &zip),
            "no field \"colour\"",
        ),
        (
            fields("vpc", "1.0.0")
                .text("version", "1.0.1")
                .file("x.zip", &zip),
            "twice",
        ),
        (fields("", "1.0.0").file("x.zip", &zip), "name is missing"),
        (
            fields("v/pc", "1.0.0").file("x.zip", &zip),
            "not a module's name",
        ),
        (fields("vpc", "1.2").file("x.zip", &zip), "version \"1.2\""),
        (
            fields("vpc", "v1.2.3").file("x.zip", &zip),
            "version \"v1.2.3\"",
        ),
    ];
    for (form, words) in forms {
        author.post(form).await.refused(BAD, words);
    }
    author.has_nothing().await;
}
