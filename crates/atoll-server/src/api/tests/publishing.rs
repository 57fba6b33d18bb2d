//! Publishing by forms.

use atoll_app::providers::publish::RELEASE_DOCUMENT_BYTES_MAX;
use http::StatusCode;

use super::world::{Form, Reply, World, provider_zip};

const PATH: &str = "/api/v1/providers";
const LINUX: &str = "terraform-provider-cloud_1.0.0_linux_amd64.zip";
const DARWIN: &str = "terraform-provider-cloud_1.0.0_darwin_arm64.zip";

struct Publisher {
    world: World,
    token: String,
}

impl Publisher {
    async fn new() -> Self {
        let world = World::new().await;
        let token = world.token("push:providers/self/acme/*").await;
        Self { world, token }
    }

    async fn post(&self, form: Form) -> Reply {
        self.world.post_form(&self.token, PATH, form).await
    }
}

fn release() -> Form {
    Form::default()
        .text("namespace", "acme")
        .text("type", "cloud")
        .text("version", "1.0.0")
}

#[tokio::test]
async fn a_release_is_published_and_listed_to_those_who_may_see_it() {
    let publisher = Publisher::new().await;
    let form = release()
        .file(LINUX, &provider_zip("cloud", "l"))
        .file(DARWIN, &provider_zip("cloud", "d"));
    let manifest = br#"{"version":1,"metadata":{"protocol_versions":["6.0"]}}"#;
    let reply = publisher
        .post(form.file("terraform-registry-manifest.json", manifest))
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    assert_eq!(
        reply.json["platforms"],
        serde_json::json!(["darwin_arm64", "linux_amd64"])
    );

    let world = &publisher.world;
    let mine = world
        .get(&publisher.token, "/api/v1/artifacts?pattern=acme/*")
        .await
        .json;
    let row = &mine["artifacts"][0];
    assert_eq!(
        (row["kind"].as_str(), row["version"].as_str()),
        (Some("provider"), Some("1.0.0"))
    );
    assert_eq!(row["platforms"].as_array().unwrap().len(), 2);
    assert_eq!(
        world.get("", "/api/v1/artifacts").await.json["artifacts"],
        serde_json::json!([])
    );
    world
        .get("", "/api/v1/artifacts?after=x")
        .await
        .refused(StatusCode::BAD_REQUEST, "cursor");
    world
        .get("", "/api/v1/artifacts?limit=-1")
        .await
        .refused(StatusCode::BAD_REQUEST, "limit");
    world
        .get("", "/api/v1/artifacts?pattern=**")
        .await
        .refused(StatusCode::BAD_REQUEST, "pattern");
}

#[tokio::test]
async fn platforms_join_one_by_one_and_are_never_replaced() {
    let publisher = Publisher::new().await;
    let linux = |content: &str| {
        release()
            .text("os", "linux")
            .text("arch", "amd64")
            .file("any.zip", &provider_zip("cloud", content))
    };
    assert_eq!(publisher.post(linux("a")).await.status, StatusCode::CREATED);
    assert_eq!(publisher.post(linux("a")).await.status, StatusCode::CREATED);
    publisher
        .post(linux("b"))
        .await
        .refused(StatusCode::CONFLICT, "does not change");
    let darwin = release()
        .text("os", "darwin")
        .text("arch", "arm64")
        .file(DARWIN, &provider_zip("cloud", "d"));
    let both = publisher.post(darwin).await;
    assert_eq!(
        both.json["platforms"],
        serde_json::json!(["darwin_arm64", "linux_amd64"])
    );
}

impl Publisher {
    /// Each form is refused with these words, and nothing of it is seen.
    async fn refuses(&self, forms: impl IntoIterator<Item = (Form, &str)>) {
        for (form, words) in forms {
            self.post(form)
                .await
                .refused(StatusCode::BAD_REQUEST, words);
        }
        self.has_nothing().await;
    }

    async fn has_nothing(&self) {
        let list = self.world.get(&self.token, "/api/v1/artifacts").await.json;
        assert_eq!(list["artifacts"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn fields_that_make_no_sense_are_explained() {
    let publisher = Publisher::new().await;
    let zip = provider_zip("cloud", "x");
    let named = |namespace: &str, version: &str| {
        let form = Form::default()
            .text("namespace", namespace)
            .text("type", "cloud");
        form.text("version", version).file(LINUX, &zip)
    };
    let typed = Form::default()
        .text("type", "cloud")
        .text("version", "1.0.0");
    let forms = [
        (release(), "no file"),
        (typed.file(LINUX, &zip), "namespace is missing"),
        (named("", "1.0.0"), "namespace is missing"),
        (named("a/b", "1.0.0"), "can't be a provider"),
        (named("acme", "1"), "version \"1\""),
        (release().text("version", "1.0.0"), "twice"),
        (release().text("colour", "red"), "no field \"colour\""),
        (
            release().file(LINUX, &zip).text("protocols", "6.0"),
            "fields come first",
        ),
        (
            release().text("protocols", "six").file(LINUX, &zip),
            "protocols",
        ),
        (
            release().text("os", "linux").file(LINUX, &zip),
            "without arch",
        ),
        (
            release().text("arch", "amd64").file(LINUX, &zip),
            "without os",
        ),
    ];
    publisher.refuses(forms).await;
}

#[tokio::test]
async fn files_that_make_no_sense_are_explained() {
    let publisher = Publisher::new().await;
    let zip = provider_zip("cloud", "x");
    let platform = || release().text("os", "linux").text("arch", "amd64");
    let sums = "terraform-provider-cloud_1.0.0_SHA256SUMS";
    let forms = [
        (platform().file(DARWIN, &zip), "os and arch say"),
        (
            platform().file(LINUX, &zip).file(LINUX, &zip),
            "one zip too many",
        ),
        (release().file("cloud.zip", &zip), "cloud.zip"),
        (release().file("../../etc/passwd", &zip), "passwd"),
        (release().file(LINUX, &zip).file(LINUX, &zip), "twice"),
        (release().file(LINUX, b"no zip"), LINUX),
        (release().file(LINUX, b""), LINUX),
        (release().file(sums, b"").file(LINUX, &zip), "came without"),
        (release().file(sums, b"").file(sums, b""), "twice"),
    ];
    publisher.refuses(forms).await;
}

#[tokio::test]
async fn documents_and_texts_have_limits() {
    let publisher = Publisher::new().await;
    let long = vec![b'x'; RELEASE_DOCUMENT_BYTES_MAX + 1];
    let form = release().file("terraform-provider-cloud_1.0.0_SHA256SUMS", &long);
    let reply = publisher.post(form).await;
    reply.refused(StatusCode::PAYLOAD_TOO_LARGE, "SHA256SUMS has more than");
    let reply = publisher
        .post(release().text("os", &"x".repeat(5000)))
        .await;
    reply.refused(StatusCode::PAYLOAD_TOO_LARGE, "os has more than");
    publisher.has_nothing().await;
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let publisher = Publisher::new().await;
    let (world, token) = (&publisher.world, publisher.token.as_str());
    for (content_type, body) in [
        ("application/json", "{}"),
        ("multipart/form-data", "x"),
        ("multipart/form-data; boundary=b", ""),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"namespace\"\r\n\r\nacme",
        ),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nno colon\r\n\r\nacme\r\n--b--\r\n",
        ),
    ] {
        let reply = world
            .ask(token, http::Method::POST, PATH, body.into(), content_type)
            .await;
        reply.refused(StatusCode::BAD_REQUEST, "form");
    }
}
