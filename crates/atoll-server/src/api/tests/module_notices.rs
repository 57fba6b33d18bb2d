//! Saying something against modules.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::archives::{FILES, zip_of};
use super::modules::{Author, VPC};
use super::world::Reply;

impl Author {
    /// With two versions of the usual module.
    async fn with_versions() -> Self {
        let author = Self::new().await;
        for version in ["1.0.0", "2.0.0"] {
            let reply = author.put_version(version, zip_of(&FILES)).await;
            assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
        }
        author
    }

    async fn say(&self, of: &str, body: Value) -> Reply {
        let path = format!("{VPC}{of}/deprecation");
        self.world.send(&self.token, Method::PUT, &path, body).await
    }

    async fn take_back(&self, of: &str) -> Reply {
        self.delete(&format!("{VPC}{of}/deprecation")).await
    }

    async fn said(&self, version: &str) -> Value {
        self.get(&format!("{VPC}/{version}")).await.json["deprecation"].clone()
    }
}

#[tokio::test]
async fn a_deprecation_is_said_replaced_and_taken_back() {
    let author = Author::with_versions().await;
    assert_eq!(author.said("1.0.0").await, json!(null));
    let body = json!({"message": "it leaks"});
    assert_eq!(
        author.say("/1.0.0", body).await.status,
        StatusCode::NO_CONTENT
    );
    let leaks = json!({"message": "it leaks", "successor": null});
    assert_eq!(author.said("1.0.0").await, leaks);
    assert_eq!(author.said("2.0.0").await, json!(null));

    let moved = json!({"message": "moved", "successor": "acme/network/aws"});
    assert_eq!(
        author.say("", moved.clone()).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        author.said("1.0.0").await,
        leaks,
        "what is said of the version goes first"
    );
    assert_eq!(author.said("2.0.0").await, moved);

    let body = json!({"message": "it leaks worse", "successor": "tf.example/acme/vpc/aws"});
    assert_eq!(
        author.say("/1.0.0", body.clone()).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(author.said("1.0.0").await, body);
    assert_eq!(
        author.take_back("/1.0.0").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(author.said("1.0.0").await, moved);
    let again = author.take_back("/1.0.0").await;
    again.refused(
        StatusCode::NOT_FOUND,
        "deprecation of module self/acme/vpc/aws 1.0.0",
    );
    assert_eq!(author.take_back("").await.status, StatusCode::NO_CONTENT);
    assert_eq!(author.said("2.0.0").await, json!(null));
}

#[tokio::test]
async fn what_is_said_must_make_sense() {
    let author = Author::with_versions().await;
    for (body, words) in [
        (json!(null), "missing field"),
        (json!({"message": ""}), "a message of 1 to"),
        (json!({"message": " \n"}), "a message of 1 to"),
        (json!({"message": "x".repeat(2001)}), "a message of 1 to"),
        (
            json!({"message": "x", "successor": "network"}),
            "the successor",
        ),
        (
            json!({"message": "x", "successor": "a/b/c/d/e"}),
            "the successor",
        ),
        (json!({"message": "x", "version": "1.0.0"}), "unknown field"),
    ] {
        let reply = author.say("/1.0.0", body).await;
        reply.refused(StatusCode::BAD_REQUEST, words);
    }
    let body = json!({"message": "x"});
    let reply = author.say("/3.0.0", body.clone()).await;
    reply.refused(StatusCode::NOT_FOUND, "module self/acme/vpc/aws 3.0.0");
    let reply = author.say("/3", body).await;
    reply.refused(StatusCode::BAD_REQUEST, "version \"3\"");
    assert_eq!(author.said("1.0.0").await, json!(null));
}

#[tokio::test]
async fn owners_speak_for_what_is_theirs_and_administrators_for_what_is_not() {
    let author = Author::with_versions().await;
    let world = &author.world;
    let say = async |token: &str, host: &str| {
        let path = format!("/api/v1/modules/{host}/acme/vpc/aws/deprecation");
        let body = json!({"message": "no"});
        world.send(token, Method::PUT, &path, body).await
    };
    let reader = world.token("pull:modules/*").await;
    let owner = world.token("push:modules/* pull:modules/*").await;
    let admin = world.token("admin pull:modules/*").await;
    let stranger = world.token("push:modules/self/other/*").await;
    say("", "self")
        .await
        .refused(StatusCode::UNAUTHORIZED, "a token is needed");
    say(&stranger, "self")
        .await
        .refused(StatusCode::NOT_FOUND, "no right to see it");
    say(&reader, "self")
        .await
        .refused(StatusCode::FORBIDDEN, "may not deprecate");
    assert_eq!(say(&owner, "self").await.status, StatusCode::NO_CONTENT);

    let foreign = "tf.example";
    say("", foreign)
        .await
        .refused(StatusCode::UNAUTHORIZED, "a token is needed");
    say(&stranger, foreign)
        .await
        .refused(StatusCode::NOT_FOUND, "no right to see it");
    say(&owner, foreign)
        .await
        .refused(StatusCode::FORBIDDEN, "only who has the scope admin");
    // Who may, learns that there is nothing to speak of.
    say(&admin, foreign).await.refused(
        StatusCode::NOT_FOUND,
        "there is no module tf.example/acme/vpc/aws",
    );
}
