//! What is believed, and what the operator permits.

use atoll_core::layout::proof::KEYS_TYPE;
use atoll_core::proof::Proof;
use atoll_testkit::keys;
use atoll_testkit::registry::Signing;
use http::StatusCode;
use serde_json::json;

use super::world::{CORAL, HOST, LINUX, World, mirror, package, registry};

#[tokio::test]
async fn a_signature_that_does_not_vouch_is_refused_and_nothing_kept() {
    for signing in [Signing::WrongSignature, Signing::UnknownKey] {
        let world = World::new().await;
        world.change(CORAL, "1.0.0", |setup| {
            setup.platform(LINUX).signing(signing)
        });
        for path in [mirror(CORAL, "1.0.0.json"), package(CORAL, "1.0.0", LINUX)] {
            let reply = world.get(&path).await;
            assert_eq!(
                reply.status,
                StatusCode::BAD_GATEWAY,
                "{path}: {}",
                reply.text()
            );
            assert!(reply.text().contains("signature"), "{}", reply.text());
        }
        assert_eq!(world.zip_downloads(), 0);
        let held = world
            .server()
            .robot("admin")
            .await
            .get("/v2/providers/tf.example/acme/coral/manifests/1.0.0")
            .await;
        assert_ne!(held.status, StatusCode::OK);
        // Nor is the refusal kept: the publisher may mend it.
        world.change(CORAL, "1.0.0", |setup| setup.signing(Signing::Good));
        assert_eq!(
            world.get(&mirror(CORAL, "1.0.0.json")).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn documents_that_contradict_the_sums_are_refused() {
    let world = World::new().await;
    let wrong = format!(
        "{}  terraform-provider-coral_1.0.0_{LINUX}.zip\n",
        "0".repeat(64)
    );
    world.change(CORAL, "1.0.0", |setup| setup.platform(LINUX).sums(wrong));
    let reply = world.get(&mirror(CORAL, "1.0.0.json")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(
        reply.text().contains("does not fit together"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn a_new_key_of_a_known_namespace_is_refused_where_keys_are_pinned() {
    for (pinned, expected) in [(true, StatusCode::BAD_GATEWAY), (false, StatusCode::OK)] {
        let world = World::with(|setup| setup.policy.pin_keys = pinned).await;
        world.offer(CORAL, "1.0.0", &[LINUX]);
        world.change(CORAL, "1.1.0", |setup| {
            setup.platform(LINUX).signing(Signing::UnknownKey)
        });
        serve_strangers_key(&world).await;
        assert_eq!(
            world.get(&mirror(CORAL, "1.0.0.json")).await.status,
            StatusCode::OK
        );
        let reply = world.get(&mirror(CORAL, "1.1.0.json")).await;
        assert_eq!(reply.status, expected, "{}", reply.text());
        if pinned {
            assert!(reply.text().contains("pin_keys"), "{}", reply.text());
            assert!(
                reply
                    .text()
                    .contains(&keys::stranger_key().key_id().to_string()),
                "{}",
                reply.text()
            );
        }
    }
}

/// Upstream serves the key that signed version 1.1.0, as if it were the namespace's.
async fn serve_strangers_key(world: &World) {
    let path = format!("/v1/providers/{CORAL}/1.1.0/download/linux/amd64");
    let url = world.upstream.url().join(&path).unwrap();
    let mut document = world.get(url.as_str()).await.json();
    let key = keys::stranger_key();
    document["signing_keys"]["gpg_public_keys"] = json!([{
        "key_id": key.key_id().to_string(),
        "ascii_armor": key.public_armored().unwrap(),
        "trust_signature": "",
        "source": "Stranger",
        "source_url": null,
    }]);
    world.upstream.put_json(&path, &document);
}

#[tokio::test]
async fn a_proof_that_is_too_weak_is_forbidden() {
    let mut world = World::new().await;
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).signing(Signing::Unsigned)
    });
    world.offer(CORAL, "2.0.0", &[LINUX]);
    assert_eq!(
        world.archive(CORAL, "1.0.0", LINUX).await.status,
        StatusCode::OK
    );
    world
        .restart(|setup| setup.policy.require_proof = Proof::Signed)
        .await;
    for path in [mirror(CORAL, "1.0.0.json"), package(CORAL, "1.0.0", LINUX)] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        assert!(reply.text().contains("require_proof"), "{}", reply.text());
    }
    assert_eq!(
        world.get(&mirror(CORAL, "2.0.0.json")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_the_policy_excludes_is_forbidden_and_not_listed() {
    let world = World::with(|setup| {
        setup.policy.patterns.allow = Some(["acme/*".parse().unwrap()].into_iter().collect());
        setup.policy.patterns.exclude = [
            "acme/coral < 2".parse().unwrap(),
            "acme/reef".parse().unwrap(),
        ]
        .into_iter()
        .collect();
    })
    .await;
    for provider in [CORAL, "acme/reef", "other/coral"] {
        world.offer(provider, "1.0.0", &[LINUX]);
        world.offer(provider, "2.0.0", &[LINUX]);
    }
    // Not 404: a client would go and look elsewhere for what its operator forbade.
    let forbidden = [
        mirror("acme/reef", "index.json"),
        mirror("acme/reef", "2.0.0.json"),
        registry("acme/reef", "versions"),
        mirror("other/coral", "index.json"),
        registry("other/coral", "versions"),
        package("other/coral", "1.0.0", LINUX),
        mirror(CORAL, "1.0.0.json"),
        package(CORAL, "1.0.0", LINUX),
    ];
    for path in forbidden {
        let reply = world.get(&path).await;
        assert_eq!(
            reply.status,
            StatusCode::FORBIDDEN,
            "{path}: {}",
            reply.text()
        );
        assert!(
            reply.text().contains("is not permitted here"),
            "{}",
            reply.text()
        );
    }
    assert!(
        world.upstream.requests().is_empty(),
        "what is forbidden is not asked for"
    );
    assert_eq!(
        world.get(&mirror(CORAL, "index.json")).await.text(),
        r#"{"versions":{"2.0.0":{}}}"#
    );
    assert_eq!(
        world.get(&mirror(CORAL, "2.0.0.json")).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_policy_that_changed_holds_for_addresses_that_were_given_before() {
    let mut world = World::new().await;
    world.offer(CORAL, "1.0.0", &[LINUX, "darwin_arm64"]);
    let darwin = world.archive_url(CORAL, "1.0.0", "darwin_arm64").await;
    world
        .restart(|setup| {
            setup.policy.patterns.exclude = ["acme/*".parse().unwrap()].into_iter().collect();
        })
        .await;
    assert_eq!(world.get(&darwin).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.zip_downloads(), 0);
}

/// What OCI clients read of a version by its tag, and then by digest: paths of its manifests, its proof and its blobs.
async fn digests_of(world: &World, version: &str) -> Vec<String> {
    let repository = format!("/v2/providers/{HOST}/{CORAL}");
    let index = world
        .get(&format!("{repository}/manifests/{version}"))
        .await;
    assert_eq!(index.status, StatusCode::OK, "{}", index.text());
    let index_digest = index.header("docker-content-digest").to_owned();
    let referrers = format!("{repository}/referrers/{index_digest}");
    let proof = world.get(&referrers).await.json()["manifests"][0]["digest"].clone();
    let target = index.json()["manifests"][0]["digest"].clone();
    let mut paths = vec![referrers, format!("{repository}/manifests/{index_digest}")];
    for manifest in [proof, target] {
        let path = format!("{repository}/manifests/{}", manifest.as_str().unwrap());
        for layer in world.get(&path).await.json()["layers"].as_array().unwrap() {
            // The same keys vouch for all versions.
            if layer["mediaType"] != KEYS_TYPE {
                paths.push(format!(
                    "{repository}/blobs/{}",
                    layer["digest"].as_str().unwrap()
                ));
            }
        }
        paths.push(path);
    }
    paths
}

#[tokio::test]
async fn a_version_that_is_not_served_is_not_read_by_digest_either() {
    let mut world = World::new().await;
    world.offer(CORAL, "2.0.0", &[LINUX]);
    world.change(CORAL, "1.0.0", |setup| {
        setup.platform(LINUX).signing(Signing::Unsigned)
    });
    let mut old = digests_of(&world, "1.0.0").await;
    old.push(world.archive_url(CORAL, "1.0.0", LINUX).await);
    let mut new = digests_of(&world, "2.0.0").await;
    new.push(world.archive_url(CORAL, "2.0.0", LINUX).await);
    // The index, its referrers, the proof with its sums, the manifest with its zip, and the address; one has a signature.
    assert_eq!((old.len(), new.len()), (7, 8), "{old:?} {new:?}");
    for path in old.iter().chain(&new) {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
    for by_proof in [false, true] {
        world
            .restart(|setup| {
                if by_proof {
                    setup.policy.require_proof = Proof::Signed;
                } else {
                    let exclude = ["acme/coral < 2".parse().unwrap()];
                    setup.policy.patterns.exclude = exclude.into_iter().collect();
                }
            })
            .await;
        for path in &old {
            let reply = world.get(path).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in &new {
            let reply = world.get(path).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        }
        // Nor by way of another repository.
        let robot = world.server().robot("admin").await;
        let blob = old.iter().find(|path| path.contains("/blobs/")).unwrap();
        let digest = blob.rsplit('/').next().unwrap();
        for from in ["", &format!("&from=providers/{HOST}/{CORAL}")] {
            let mount = format!("/v2/acme/app/blobs/uploads/?mount={digest}{from}");
            let reply = robot.post(&mount, "").await;
            assert_eq!(reply.status, StatusCode::ACCEPTED, "{mount}");
        }
    }
}
