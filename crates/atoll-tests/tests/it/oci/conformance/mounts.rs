//! Blobs that another repository has already.

use http::Method;

use super::codes::NAME_INVALID;
use super::suite::{Suite, closing};
use crate::oci::content::Blob;

pub(super) async fn run(suite: &Suite) {
    let (from, to) = (
        suite.repository("mount/source"),
        suite.repository("mount/target"),
    );
    mounted(suite, &from, &to).await;
    not_there(suite, &from, &to).await;
    suite.at("mounting from a name that is none");
    let digest = Blob::filled(suite.algorithm, "mount", 10).digest;
    let path = format!("/v2/{to}/blobs/uploads/?mount={digest}&from=No%20Name");
    suite.refused(
        "the mount",
        &suite.send(suite.request(Method::POST, &path)).await,
        NAME_INVALID,
    );
}

async fn mounted(suite: &Suite, from: &str, to: &str) {
    for (what, query) in [
        ("from a repository", format!("&from={from}")),
        ("from anywhere", String::new()),
    ] {
        suite.at(format!("mounting {what}"));
        let blob = Blob::filled(suite.algorithm, what, 1000);
        suite.store(from, &blob).await;
        suite.not_stored("before", to, &blob.digest).await;
        let path = format!("/v2/{to}/blobs/uploads/?mount={}{query}", blob.digest);
        for again in ["the mount", "the mount again"] {
            let reply = suite.send(suite.request(Method::POST, &path)).await;
            suite.stored(again, &reply, &blob).await;
        }
        suite.status(
            "deleting the source",
            &suite
                .delete(&format!("/v2/{from}/blobs/{}", blob.digest))
                .await,
            202,
        );
        let reply = suite.get(&format!("/v2/{to}/blobs/{}", blob.digest)).await;
        suite.status("leaves the target", &reply, 200);
        suite.check("with its bytes", reply.body == blob.bytes);
    }
}

/// A mount that can't be is an upload session, which can be used.
async fn not_there(suite: &Suite, from: &str, to: &str) {
    for (what, query) in [
        ("in that repository", format!("&from={from}")),
        ("anywhere", String::new()),
        ("as nobody has the repository", "&from=no/such".to_owned()),
    ] {
        suite.at(format!("mounting a blob that is not {what}"));
        let blob = Blob::filled(suite.algorithm, &format!("absent {what}"), 1000);
        let location = suite
            .open(to, &format!("?mount={}{query}", blob.digest))
            .await;
        suite.not_stored("the mount", to, &blob.digest).await;
        let request = suite
            .request(Method::PUT, &closing(&location, &blob.digest))
            .body(blob.bytes.clone());
        suite
            .stored("the upload instead", &suite.send(request).await, &blob)
            .await;
    }
}
