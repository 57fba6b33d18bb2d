//! Names, tags and digests that are none.

use http::Method;

use super::codes::{DIGEST_INVALID, NAME_INVALID, TAG_INVALID};
use super::suite::Suite;
use crate::oci::content::{Blob, Document, artifact};

const BAD_NAMES: [&str; 14] = [
    "Upper/case",
    "_lead",
    "lead/_part",
    "trail_",
    "a..b",
    "a//b",
    "a___b",
    "-a",
    "a-",
    "a/b/",
    "a%2Fb",
    "a%20b",
    "%C3%A9",
    "a.%2e%2e",
];

const BAD_TAGS: [&str; 6] = [".dot", "-dash", "a%2Bb", "a%20b", "%C3%A9", "a%25b"];

pub(super) async fn run(suite: &Suite) {
    names(suite).await;
    tags(suite).await;
    digests(suite).await;
    escapes(suite).await;
}

async fn names(suite: &Suite) {
    suite.at("bad names");
    let digest = Blob::filled(suite.algorithm, "name", 10).digest;
    let long = format!("a/{}", "b".repeat(254));
    for name in BAD_NAMES.into_iter().chain([long.as_str()]) {
        for (method, tail) in [
            (Method::GET, "tags/list".to_owned()),
            (Method::GET, "manifests/latest".to_owned()),
            (Method::GET, format!("blobs/{digest}")),
            (Method::GET, format!("referrers/{digest}")),
            (Method::POST, "blobs/uploads/".to_owned()),
            (Method::PUT, "manifests/latest".to_owned()),
            (Method::DELETE, format!("blobs/{digest}")),
        ] {
            let reply = suite
                .send(
                    suite
                        .request(method.clone(), &format!("/v2/{name}/{tail}"))
                        .body(""),
                )
                .await;
            suite.refused(&format!("{method} {name}/{tail}"), &reply, NAME_INVALID);
        }
    }
}

async fn tags(suite: &Suite) {
    suite.at("bad tags");
    let repository = suite.repository("bad-tags");
    let empty = Blob::empty_json(suite.algorithm);
    suite.store(&repository, &empty).await;
    let document = Document::new(
        suite.algorithm,
        "application/vnd.oci.image.manifest.v1+json",
        &artifact(&empty, "text/x", &[]),
    );
    let long = "t".repeat(129);
    for tag in BAD_TAGS.into_iter().chain([long.as_str()]) {
        let path = format!("/v2/{repository}/manifests/{tag}");
        suite.refused(
            &format!("PUT {tag}"),
            &suite.put_manifest(&path, &document).await,
            TAG_INVALID,
        );
        let get = suite.get(&path).await;
        suite.check(
            &format!("GET {tag}"),
            matches!(get.status.as_u16(), 400 | 404),
        );
        let extra = format!(
            "/v2/{repository}/manifests/{}?tag=fine&tag={tag}",
            document.digest
        );
        suite.refused(
            &format!("PUT ?tag={tag}"),
            &suite.put_manifest(&extra, &document).await,
            TAG_INVALID,
        );
    }
    suite.status(
        "a refused push sets no tag",
        &suite.get(&format!("/v2/{repository}/manifests/fine")).await,
        404,
    );
    let longest = "t".repeat(128);
    for tag in [longest.as_str(), "_", "0", "v1.0.0-rc.1_build-5", "UPPER"] {
        let path = format!("/v2/{repository}/manifests/{tag}");
        suite.status(
            &format!("PUT {tag}"),
            &suite.put_manifest(&path, &document).await,
            201,
        );
        suite.status(&format!("GET {tag}"), &suite.get(&path).await, 200);
    }
}

async fn digests(suite: &Suite) {
    suite.at("bad digests");
    let repository = suite.repository("bad-digests");
    let right = Blob::filled(suite.algorithm, "digest", 10).digest;
    let (upper, short) = (
        right.hex().to_uppercase(),
        right.hex().chars().skip(1).collect::<String>(),
    );
    let bad = [
        "sha256:".to_owned(),
        ":abc".to_owned(),
        format!("md5:{}", "0".repeat(32)),
        format!("sha256:{}", "0".repeat(128)),
        format!("sha512:{}", "0".repeat(64)),
        format!("{}:{upper}", suite.algorithm),
        format!("{}:{short}", suite.algorithm),
        format!("{}:{}g", suite.algorithm, short),
        format!("SHA256:{}", right.hex()),
    ];
    for digest in bad {
        for place in ["blobs", "manifests", "referrers"] {
            let path = format!("/v2/{repository}/{place}/{digest}");
            suite.refused(
                &format!("GET {place}/{digest}"),
                &suite.get(&path).await,
                DIGEST_INVALID,
            );
            suite.status(
                &format!("HEAD {place}/{digest}"),
                &suite.head(&path).await,
                400,
            );
        }
        for place in ["blobs", "manifests"] {
            let path = format!("/v2/{repository}/{place}/{digest}");
            suite.refused(
                &format!("DELETE {place}/{digest}"),
                &suite.delete(&path).await,
                DIGEST_INVALID,
            );
        }
        let request = suite
            .request(Method::PUT, &format!("/v2/{repository}/manifests/{digest}"))
            .body("{}");
        suite.refused(
            &format!("PUT manifests/{digest}"),
            &suite.send(request).await,
            DIGEST_INVALID,
        );
        let mount = suite.request(
            Method::POST,
            &format!("/v2/{repository}/blobs/uploads/?mount={digest}"),
        );
        suite.refused(
            &format!("mount {digest}"),
            &suite.send(mount).await,
            DIGEST_INVALID,
        );
    }
}

/// A digest in a path may be percent-encoded, once.
async fn escapes(suite: &Suite) {
    suite.at("escapes in digests");
    let repository = suite.repository("bad-digests");
    let blob = Blob::filled(suite.algorithm, "encoded", 10);
    suite.store(&repository, &blob).await;
    let encoded = blob.digest.to_string().replace(':', "%3A");
    suite.status(
        "an encoded colon",
        &suite
            .get(&format!("/v2/{repository}/blobs/{encoded}"))
            .await,
        200,
    );
    let twice = encoded.replace('%', "%25");
    suite.refused(
        "encoded twice",
        &suite.get(&format!("/v2/{repository}/blobs/{twice}")).await,
        DIGEST_INVALID,
    );
    suite.refused(
        "not Unicode",
        &suite.get(&format!("/v2/{repository}/blobs/%FF")).await,
        NAME_INVALID,
    );
}
