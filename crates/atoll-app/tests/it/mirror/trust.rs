//! What is believed: sums, signatures and keys.

use atoll_app::mirror::MirrorError;
use atoll_core::kind::ErrorKind;
use atoll_core::proof::Proof;
use atoll_db::namespace_keys::{self, KeyRole, NamespaceKey};
use atoll_testkit::keys;
use atoll_testkit::registry::Signing;
use atoll_testkit::zips;

use super::world::{CORAL, Setup, World, chain};

#[tokio::test]
async fn a_signature_that_does_not_vouch_keeps_nothing() {
    for signing in [Signing::WrongSignature, Signing::UnknownKey] {
        let world = World::new().await;
        let _ = world
            .upstream
            .provider(CORAL)
            .version("1.0.0")
            .platform("linux_amd64")
            .signing(signing);
        let before = world.stored_files();
        let error = world.version(CORAL, "1.0.0").await.unwrap_err();
        assert!(
            matches!(error, MirrorError::SignatureRefused { .. }),
            "{}",
            chain(&error)
        );
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
        assert_eq!(world.stored_files(), before);
        assert!(known_keys(&world).await.is_empty());
    }
}

#[tokio::test]
async fn an_old_release_is_not_passed_off_as_a_new_one() {
    let world = World::new().await;
    let (old, zip) = (
        "terraform-provider-coral_1.0.0_linux_amd64.zip",
        zips::provider("coral", "1.0.0", "linux_amd64"),
    );
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .package("linux_amd64", zip.clone())
        .version("2.0.0")
        .package_named("linux_amd64", old, zip);
    let before = world.stored_files();
    let error = world.version(CORAL, "2.0.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::SignatureRefused { .. }),
        "{}",
        chain(&error)
    );
    assert!(error.to_string().contains(old), "{error}");
    assert_eq!(world.stored_files(), before);
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(captured.proof, Proof::Signed);
}

#[tokio::test]
async fn an_unsigned_version_is_known_as_such() {
    let world = World::new().await;
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .platform("linux_amd64")
        .signing(Signing::Unsigned);
    let captured = world.version(CORAL, "1.0.0").await.unwrap().captured;
    assert_eq!(captured.proof, Proof::Unsigned);
    assert!(captured.sums.is_some() && captured.signature.is_none() && captured.keys.is_none());
}

#[tokio::test]
async fn a_proof_that_is_too_weak_is_not_served() {
    let mut world = World::new().await;
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .platform("linux_amd64")
        .signing(Signing::Unsigned);
    let _ = world
        .upstream
        .provider(CORAL)
        .version("2.0.0")
        .platform("linux_amd64")
        .signing(Signing::Unsigned);
    world.version(CORAL, "1.0.0").await.unwrap();
    world.restart(Setup::policy(|policy| policy.require_proof = Proof::Signed));
    for version in ["1.0.0", "2.0.0"] {
        let error = world.version(CORAL, version).await.unwrap_err();
        assert!(
            matches!(error, MirrorError::ProofTooWeak { .. }),
            "{}",
            chain(&error)
        );
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    }
}

#[tokio::test]
async fn sums_that_contradict_the_documents_keep_nothing() {
    let world = World::new().await;
    let other = "0".repeat(64);
    let wrong = format!("{other}  terraform-provider-coral_1.0.0_linux_amd64.zip\n");
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.0.0")
        .platform("linux_amd64")
        .sums(wrong);
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.1.0")
        .platform("linux_amd64")
        .sums("");
    let before = world.stored_files();
    for version in ["1.0.0", "1.1.0"] {
        let error = world.version(CORAL, version).await.unwrap_err();
        assert!(
            matches!(error, MirrorError::Inconsistent { .. }),
            "{}",
            chain(&error)
        );
    }
    assert_eq!(world.stored_files(), before);
}

#[tokio::test]
async fn the_first_key_of_a_namespace_is_remembered() {
    let world = World::with(Setup::policy(|policy| policy.pin_keys = true)).await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    world.offer(CORAL, "1.1.0", &["linux_amd64"]);
    world.version(CORAL, "1.0.0").await.unwrap();
    let known = known_keys(&world).await;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].key_id, keys::publisher_key().key_id().to_string());
    assert_eq!(known[0].role, KeyRole::Seen);
    world.version(CORAL, "1.1.0").await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_not_pinned_is_refused() {
    let mut world = World::with(Setup::policy(|policy| policy.pin_keys = true)).await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let stranger = keys::stranger_key();
    let pinned = NamespaceKey {
        key_id: stranger.key_id().to_string(),
        armored: stranger.public_armored().unwrap(),
        role: KeyRole::Seen,
        created_at: atoll_app::now(),
    };
    let mut tx = world.db.begin("test").await.unwrap();
    namespace_keys::put(&mut tx, "tf.example", "acme", &pinned)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let error = world.version(CORAL, "1.0.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::KeyNotPinned { key: Some(_), .. }),
        "{}",
        chain(&error)
    );
    assert_eq!(known_keys(&world).await.len(), 1);

    // Where keys are not pinned a new one is an event, and no more.
    world.restart(Setup::default());
    world.version(CORAL, "1.0.0").await.unwrap();
    assert_eq!(known_keys(&world).await.len(), 2);
}

#[tokio::test]
async fn leaving_the_signature_away_does_not_unpin() {
    let world = World::with(Setup::policy(|policy| policy.pin_keys = true)).await;
    world.offer(CORAL, "1.0.0", &["linux_amd64"]);
    let _ = world
        .upstream
        .provider(CORAL)
        .version("1.1.0")
        .platform("linux_amd64")
        .signing(Signing::Unsigned);
    world.version(CORAL, "1.0.0").await.unwrap();
    let error = world.version(CORAL, "1.1.0").await.unwrap_err();
    assert!(
        matches!(error, MirrorError::KeyNotPinned { key: None, .. }),
        "{}",
        chain(&error)
    );
}

async fn known_keys(world: &World) -> Vec<NamespaceKey> {
    let mut read = world.db.read().await.unwrap();
    namespace_keys::list(&mut read, "tf.example", "acme")
        .await
        .unwrap()
}
