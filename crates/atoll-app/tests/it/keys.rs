//! The keys of namespaces.

use atoll_app::providers::{KeyRegistrationError, PublishError};
use atoll_core::kind::ErrorKind;
use atoll_core::openpgp::KeyError;
use atoll_core::reference::Reference;
use atoll_testkit::keys::{publisher_key, stranger_key};

use crate::house::{House, name};

#[tokio::test]
async fn keys_are_registered_once_and_removed() {
    let house = House::new().await;
    let armored = publisher_key().public_armored().unwrap();
    let id = publisher_key().key_id().to_string();
    let first = house
        .providers
        .register_key("Acme", &armored)
        .await
        .unwrap();
    assert_eq!(
        first
            .iter()
            .map(|key| key.key_id.as_str())
            .collect::<Vec<_>>(),
        [id.as_str()]
    );
    let again = house
        .providers
        .register_key("acme", &armored)
        .await
        .unwrap();
    assert_eq!(again, first, "also when it was registered");
    let both = format!("{armored}\n{}", stranger_key().public_armored().unwrap());
    assert_eq!(
        house
            .providers
            .register_key("acme", &both)
            .await
            .unwrap()
            .len(),
        2
    );
    assert_eq!(house.providers.list_keys("acme").await.unwrap().len(), 2);
    assert_eq!(house.providers.list_keys("other").await.unwrap(), []);
    assert!(
        house
            .providers
            .remove_key("acme", stranger_key().key_id())
            .await
            .unwrap()
    );
    assert!(
        !house
            .providers
            .remove_key("acme", stranger_key().key_id())
            .await
            .unwrap()
    );
    assert_eq!(house.providers.list_keys("acme").await.unwrap(), first);
}

#[tokio::test]
async fn only_public_keys_of_namespaces_are_taken() {
    let house = House::new().await;
    let secret = publisher_key().to_armored_secret().unwrap();
    let error = house
        .providers
        .register_key("acme", secret.expose())
        .await
        .unwrap_err();
    assert!(
        matches!(error, KeyRegistrationError::Key(KeyError::Secret)),
        "{error}"
    );
    let error = house
        .providers
        .register_key("acme", "no key")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let armored = publisher_key().public_armored().unwrap();
    for namespace in ["", "a/b", "a b", "-a"] {
        let error = house
            .providers
            .register_key(namespace, &armored)
            .await
            .unwrap_err();
        assert!(
            matches!(error, KeyRegistrationError::Namespace(..)),
            "{namespace:?}: {error}"
        );
    }
    assert_eq!(house.providers.list_keys("acme").await.unwrap(), []);
}

#[tokio::test]
async fn a_release_is_verified_by_the_keys_of_its_namespace() {
    let house = House::new().await;
    house
        .publish_signed("acme/coral", "1.0.0", &["linux_amd64"])
        .await;
    let mut release = house
        .release("other/coral", "1.0.0", &["linux_amd64"])
        .await;
    release.sums = Some(
        format!(
            "{}  {}\n",
            release.zips[0].blob.digest.hex(),
            release.zips[0].name
        )
        .into(),
    );
    release.signature = Some(bytes::Bytes::from_static(b"any"));
    let error = house.providers.publish(release).await.unwrap_err();
    assert!(
        matches!(error, PublishError::NoKey(_)),
        "keys of other namespaces don't count: {error}"
    );
}

#[tokio::test]
async fn what_its_publisher_signed_is_not_signed_again_here() {
    let house = House::new().await;
    house
        .publish_signed("acme/coral", "1.0.0", &["linux_amd64"])
        .await;
    let before = house.rows("providers/self/acme/coral").await;
    let release = house.release("acme/coral", "1.0.0", &["linux_amd64"]).await;
    let published = house.providers.publish(release).await.unwrap();
    assert_eq!(
        (published.proof.as_str(), published.key_id),
        ("signed", publisher_key().key_id().to_string())
    );
    let tag = Reference::Tag("1.0.0".parse().unwrap());
    let index = house
        .registry
        .find_manifest(&name("providers/self/acme/coral"), &tag)
        .await
        .unwrap()
        .unwrap();
    // Nor does an OCI client that pushes the same index take anything away.
    house
        .push("providers/self/acme/coral", "1.0.0", index.body.into())
        .await
        .unwrap();
    assert_eq!(house.rows("providers/self/acme/coral").await, before);
}
