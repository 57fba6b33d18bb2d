//! Lists that are too long for one answer.

use std::collections::BTreeSet;

use atoll_core::digest::Algorithm;
use atoll_core::manifest::media_types::OCI_INDEX;
use atoll_testkit::server::{Client, TestServer};
use futures_util::{StreamExt as _, stream};
use http::StatusCode;
use serde_json::{Value, json};

use super::content::{Blob, Document, index};

/// What clients read of a list of referrers, in bytes.
const CLIENTS_READ: usize = 4 << 20;

async fn push(client: &Client, repository: &str, document: &Document) {
    let path = format!("/v2/{repository}/manifests/{}", document.digest);
    let reply = client
        .put(&path, document.media_type, document.bytes.clone())
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{reply:?}");
}

/// Something that refers to the subject and has annotations of that many bytes.
fn referrer(subject: &Value, artifact_type: &str, number: usize, bytes: usize) -> Document {
    let mut value = index(&[]);
    value["subject"] = subject.clone();
    value["artifactType"] = json!(artifact_type);
    value["annotations"] = json!({"number": number.to_string(), "pad": "x".repeat(bytes)});
    Document::new(Algorithm::Sha256, OCI_INDEX, &value)
}

/// All pages from an address on: each page's entries.
async fn pages(client: &Client, path: &str, list: &str) -> Vec<Vec<Value>> {
    let mut path = path.to_owned();
    let mut all = Vec::new();
    loop {
        let reply = client.get(&path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert!(
            reply.body.len() <= CLIENTS_READ,
            "{path}: {} bytes",
            reply.body.len()
        );
        all.push(reply.json()[list].as_array().unwrap().clone());
        let Some(next) = reply
            .header("link")
            .strip_prefix('<')
            .and_then(|link| link.split_once('>'))
        else {
            return all;
        };
        assert_eq!(next.1, "; rel=\"next\"");
        next.0.clone_into(&mut path);
    }
}

fn digests(pages: &[Vec<Value>]) -> BTreeSet<String> {
    pages
        .iter()
        .flatten()
        .map(|entry| entry["digest"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn referrers_with_long_annotations_come_in_pages_that_clients_read() {
    let server = TestServer::start().await;
    let robot = server.robot("push:acme/*").await;
    let subject = Blob::new(Algorithm::Sha512, "subject").descriptor(OCI_INDEX);
    let mut expected = BTreeSet::new();
    for number in 0..7 {
        let artifact_type = if number % 2 == 0 {
            "text/even+x"
        } else {
            "text/odd"
        };
        let document = referrer(&subject, artifact_type, number, 1_500_000);
        push(&robot, "acme/app", &document).await;
        expected.insert((document.digest.to_string(), number % 2));
    }
    let path = format!(
        "/v2/acme/app/referrers/{}",
        subject["digest"].as_str().unwrap()
    );
    let all = pages(&robot, &path, "manifests").await;
    assert!(all.len() > 1 && all.iter().all(|page| !page.is_empty()));
    assert_eq!(
        digests(&all),
        expected.iter().map(|(digest, _)| digest.clone()).collect()
    );
    assert_eq!(all.iter().map(Vec::len).sum::<usize>(), 7);
    let even = pages(
        &robot,
        &format!("{path}?artifactType=text%2Feven%2Bx"),
        "manifests",
    )
    .await;
    assert!(even.len() > 1, "the filter stays in the link");
    assert_eq!(
        digests(&even),
        expected
            .iter()
            .filter(|(_, odd)| *odd == 0)
            .map(|(digest, _)| digest.clone())
            .collect()
    );
}

#[tokio::test]
async fn a_thousand_referrers_and_more_are_all_listed() {
    let server = TestServer::start().await;
    let robot = server.robot("push:acme/*").await;
    let subject = Blob::new(Algorithm::Sha256, "subject").descriptor(OCI_INDEX);
    let documents: Vec<Document> = (0..1040)
        .map(|number| referrer(&subject, "text/x", number, 0))
        .collect();
    stream::iter(&documents)
        .for_each_concurrent(16, |document| push(&robot, "acme/app", document))
        .await;
    let all = pages(
        &robot,
        &format!(
            "/v2/acme/app/referrers/{}",
            subject["digest"].as_str().unwrap()
        ),
        "manifests",
    )
    .await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [1000, 40]);
    assert_eq!(digests(&all).len(), documents.len());
}

#[tokio::test]
async fn the_catalogue_has_what_the_caller_may_pull_page_by_page() {
    let server = TestServer::start().await;
    let admin = server.robot("admin").await;
    let document = Document::new(Algorithm::Sha256, OCI_INDEX, &index(&[]));
    let names = ["a", "a-b", "a/b", "a/c", "b/a", "b/b", "files/x", "z.z/y"];
    for name in names {
        push(&admin, name, &document).await;
    }
    assert_eq!(
        admin.get("/v2/_catalog").await.json(),
        json!({"repositories": names})
    );
    for length in 1..=names.len() + 1 {
        let pages = pages(&admin, &format!("/v2/_catalog?n={length}"), "repositories").await;
        assert!(
            pages.iter().rev().skip(1).all(|page| page.len() == length),
            "{length}: {pages:?}"
        );
        assert_eq!(pages.concat(), names, "{length}");
    }
    let robot = server.robot("pull:b/* push:a/c delete:z.z/*").await;
    let mine = ["a/c", "b/a", "b/b", "z.z/y"];
    assert_eq!(
        pages(&robot, "/v2/_catalog?n=1", "repositories")
            .await
            .concat(),
        mine
    );
    assert_eq!(
        robot.get("/v2/_catalog?last=b/a").await.json(),
        json!({"repositories": ["b/b", "z.z/y"]})
    );
    assert_eq!(
        robot.get("/v2/_catalog?last=b%2Faa&n=5").await.json(),
        json!({"repositories": ["b/b", "z.z/y"]})
    );
    assert_eq!(
        robot.get("/v2/_catalog?n=0").await.json(),
        json!({"repositories": []})
    );
    assert_eq!(
        robot
            .get("/v2/_catalog?n=123456789012345678901234567890")
            .await
            .json(),
        json!({"repositories": mine})
    );
    for bad in ["n=-1", "n=x", "n="] {
        let reply = robot.get(&format!("/v2/_catalog?{bad}")).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "PAGINATION_NUMBER_INVALID"),
            "{bad}"
        );
    }
}
