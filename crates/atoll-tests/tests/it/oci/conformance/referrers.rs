//! What refers to a manifest.

use atoll_core::digest::Digest;
use atoll_core::manifest::media_types::{OCI_ARTIFACT, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST};
use atoll_testkit::server::Reply;
use serde_json::{Value, json};

use super::codes::DIGEST_INVALID;
use super::suite::Suite;
use crate::oci::content::{Blob, Document, IMAGE_CONFIG, artifact, image, index};

/// Something that refers to a subject, and how it is to be listed.
struct Referrer {
    document: Document,
    listed: Value,
}

pub(super) async fn run(suite: &Suite) {
    let repository = suite.repository("referrers");
    let empty = Blob::empty_json(suite.algorithm);
    suite.store(&repository, &empty).await;
    let subject = Document::new(
        suite.algorithm,
        OCI_MANIFEST,
        &artifact(&empty, "application/vnd.example.subject", &[]),
    );
    let path = format!("/v2/{repository}/manifests/{}?tag=subject", subject.digest);
    suite.status(
        "push the subject",
        &suite.put_manifest(&path, &subject).await,
        201,
    );
    life(
        suite,
        "a subject that is there",
        &repository,
        &empty,
        &subject.descriptor(),
    )
    .await;
    suite.status(
        "the subject is untouched",
        &suite
            .head(&format!("/v2/{repository}/manifests/subject"))
            .await,
        200,
    );

    let absent = Document::new(
        suite.algorithm,
        OCI_MANIFEST,
        &artifact(&empty, "application/vnd.example.absent", &[]),
    );
    life(
        suite,
        "a subject that is not there",
        &repository,
        &empty,
        &absent.descriptor(),
    )
    .await;
    late_subject(suite, &repository, &empty, &absent).await;
    with_a_tag(suite, &repository, &empty, &subject).await;
}

async fn life(suite: &Suite, place: &str, repository: &str, empty: &Blob, subject: &Value) {
    suite.at(place);
    let referrers = all(suite, empty, subject);
    let subject_digest = subject["digest"].as_str().unwrap_or_default();
    for referrer in &referrers {
        let document = &referrer.document;
        let reply = suite
            .put_manifest(
                &format!("/v2/{repository}/manifests/{}", document.digest),
                document,
            )
            .await;
        suite.status("push", &reply, 201);
        suite.equal("OCI-Subject", reply.header("oci-subject"), subject_digest);
        let get = suite
            .get(&format!("/v2/{repository}/manifests/{}", document.digest))
            .await;
        suite.check("every byte", get.body == document.bytes);
    }
    let path = format!("/v2/{repository}/referrers/{subject_digest}");
    let whole: Vec<&Referrer> = referrers.iter().collect();
    listed(suite, "all", &suite.get(&path).await, &whole, false);
    for wanted in [
        "application/vnd.example.sbom",
        IMAGE_CONFIG,
        "application/vnd.example.nothing+more",
    ] {
        let reply = suite
            .get(&format!(
                "{path}?artifactType={}",
                wanted.replace('/', "%2F").replace('+', "%2B")
            ))
            .await;
        let some: Vec<&Referrer> = whole
            .iter()
            .copied()
            .filter(|referrer| referrer.listed["artifactType"] == wanted)
            .collect();
        listed(suite, wanted, &reply, &some, true);
    }
    for (number, referrer) in referrers.iter().enumerate() {
        let path_of_one = format!("/v2/{repository}/manifests/{}", referrer.document.digest);
        suite.status("delete one", &suite.delete(&path_of_one).await, 202);
        let rest: Vec<&Referrer> = whole.iter().copied().skip(number + 1).collect();
        listed(
            suite,
            "the rest at once",
            &suite.get(&path).await,
            &rest,
            false,
        );
    }
}

fn listed(suite: &Suite, what: &str, reply: &Reply, expected: &[&Referrer], filtered: bool) {
    suite.status(what, reply, 200);
    suite.equal(
        &format!("{what}, type"),
        reply.header("content-type"),
        OCI_INDEX,
    );
    suite.equal(
        &format!("{what}, filter"),
        reply.header("oci-filters-applied"),
        if filtered { "artifactType" } else { "" },
    );
    let mut entries: Vec<Value> = expected
        .iter()
        .map(|referrer| referrer.listed.clone())
        .collect();
    entries.sort_by_key(|entry| entry["digest"].to_string());
    suite.equal(
        what,
        reply.json(),
        json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}),
    );
}

/// One referrer of each shape.
fn all(suite: &Suite, empty: &Blob, subject: &Value) -> Vec<Referrer> {
    let of = |media_type: &'static str,
              mut value: Value,
              artifact_type: Option<&str>,
              annotations: Value| {
        value["subject"] = subject.clone();
        if annotations != Value::Null {
            value["annotations"] = annotations.clone();
        }
        let document = Document::new(suite.algorithm, media_type, &value);
        let mut listed = document.descriptor();
        if let Some(artifact_type) = artifact_type {
            listed["artifactType"] = json!(artifact_type);
        }
        if annotations != Value::Null {
            listed["annotations"] = annotations;
        }
        Referrer { document, listed }
    };
    let sbom = "application/vnd.example.sbom";
    let mut typed_index = index(&[]);
    typed_index["artifactType"] = json!(sbom);
    let mut both = image(empty, &[]);
    both["artifactType"] = json!(sbom);
    vec![
        of(
            OCI_MANIFEST,
            artifact(empty, sbom, &[]),
            Some(sbom),
            json!({"org.example.one": "1", "org.example.two": "\u{e9}"}),
        ),
        of(
            OCI_MANIFEST,
            artifact(
                empty,
                "application/vnd.example.signature",
                &[empty.descriptor(OCI_EMPTY)],
            ),
            Some("application/vnd.example.signature"),
            Value::Null,
        ),
        of(
            OCI_MANIFEST,
            image(empty, &[]),
            Some(IMAGE_CONFIG),
            Value::Null,
        ),
        of(OCI_MANIFEST, both, Some(sbom), Value::Null),
        of(
            OCI_INDEX,
            typed_index,
            Some(sbom),
            json!({"of": "an index"}),
        ),
        of(OCI_INDEX, index(&[]), None, Value::Null),
        of(
            OCI_ARTIFACT,
            json!({"mediaType": OCI_ARTIFACT, "artifactType": "application/vnd.example.old"}),
            Some("application/vnd.example.old"),
            Value::Null,
        ),
    ]
}

/// A subject that comes after what refers to it.
async fn late_subject(suite: &Suite, repository: &str, empty: &Blob, absent: &Document) {
    suite.at("a subject that comes late");
    let mut value = artifact(empty, "application/vnd.example.early", &[]);
    value["subject"] = absent.descriptor();
    let early = Document::new(suite.algorithm, OCI_MANIFEST, &value);
    let put = |document: Document| async move {
        let reply = suite
            .put_manifest(
                &format!("/v2/{repository}/manifests/{}", document.digest),
                &document,
            )
            .await;
        suite.status("push", &reply, 201);
    };
    put(early.clone()).await;
    put(absent.clone()).await;
    let path = format!("/v2/{repository}/referrers/{}", absent.digest);
    let digests = |reply: &Reply| -> Vec<String> {
        let entries = reply.json()["manifests"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        entries
            .iter()
            .map(|entry| entry["digest"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    suite.equal(
        "it is listed",
        digests(&suite.get(&path).await),
        [early.digest.to_string()],
    );
    suite.status(
        "delete the subject",
        &suite
            .delete(&format!("/v2/{repository}/manifests/{}", absent.digest))
            .await,
        202,
    );
    suite.equal(
        "it is still listed",
        digests(&suite.get(&path).await),
        [early.digest.to_string()],
    );
}

/// Clients without the referrers API keep their own lists under tags; they are tags like others.
async fn with_a_tag(suite: &Suite, repository: &str, empty: &Blob, subject: &Document) {
    suite.at("a fallback tag");
    let mut value = artifact(empty, "application/vnd.example.signature", &[]);
    value["subject"] = subject.descriptor();
    let signature = Document::new(suite.algorithm, OCI_MANIFEST, &value);
    let reply = suite
        .put_manifest(&format!("/v2/{repository}/manifests/signature"), &signature)
        .await;
    suite.status("push by tag", &reply, 201);
    suite.equal(
        "OCI-Subject",
        reply.header("oci-subject"),
        subject.digest.as_str(),
    );
    let digest = Digest::sha256(&signature.bytes);
    let list = suite
        .get(&format!("/v2/{repository}/referrers/{}", subject.digest))
        .await;
    suite.check(
        "it is listed",
        list.json()["manifests"]
            .as_array()
            .is_some_and(|all| all.iter().any(|entry| entry["digest"] == digest.as_str())),
    );
    let fallback = Document::new(
        suite.algorithm,
        OCI_INDEX,
        &index(&[signature.descriptor()]),
    );
    let tag: String = subject
        .digest
        .to_string()
        .replace(':', "-")
        .chars()
        .take(subject.digest.algorithm().as_str().len() + 1 + 64)
        .collect();
    let path = format!("/v2/{repository}/manifests/{tag}");
    suite.status(
        "push the fallback",
        &suite.put_manifest(&path, &fallback).await,
        201,
    );
    suite.check("pull it", suite.get(&path).await.body == fallback.bytes);
    let bad = suite
        .get(&format!("/v2/{repository}/referrers/latest"))
        .await;
    suite.refused("referrers of a tag", &bad, DIGEST_INVALID);
}
