//! What is held.

use atoll_app::holdings::{Holding, HoldingsCursor, Kind};
use atoll_core::kind::ErrorKind;
use atoll_core::origin::Origin;
use atoll_core::permission::{Principal, TokenId};
use atoll_core::proof::Proof;

use crate::house::House;

fn token(scopes: &str) -> Principal {
    Principal::Token {
        id: TokenId::new("1"),
        scopes: scopes.parse().unwrap(),
    }
}

async fn furnished() -> House {
    let house = House::new().await;
    house
        .old_image(
            "acme/app",
            Some("v1.2.3"),
            &[b"one layer", b"another layer"],
            None,
        )
        .await;
    house
        .old_image("acme/team/app", Some("latest"), &[], None)
        .await;
    house
        .old_image("charts/stable/nginx", Some("1.0.0"), &[], None)
        .await;
    let coral = house.upstream.provider("acme/coral").version("1.0.0");
    drop(coral.platform("linux_amd64").platform("darwin_arm64"));
    house.capture("acme/coral", "1.0.0").await;
    for version in ["1.0.0", "2.0.0"] {
        let zip = house.zip("reef", version, "linux_amd64").await;
        house
            .import("other.example/acme/reef", version, vec![zip])
            .await
            .unwrap();
    }
    house
}

/// What the principal sees, page by page.
async fn list(
    house: &House,
    principal: &Principal,
    pattern: Option<&str>,
    limit: usize,
) -> Vec<Holding> {
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = house
            .holdings
            .artifacts(principal, pattern, after, limit)
            .await
            .unwrap();
        assert!(page.holdings.len() <= limit);
        listed.extend(page.holdings);
        let Some(next) = page.next else { return listed };
        after = Some(next.to_string().parse::<HoldingsCursor>().unwrap());
    }
}

async fn names(house: &House, principal: &Principal, pattern: Option<&str>) -> Vec<String> {
    let shown = |holding: &Holding| match holding {
        Holding::Provider(provider) => format!("{} {}", provider.address, provider.version),
        Holding::Module(module) => format!("{} {}", module.address, module.version),
        Holding::Tag(tag) => format!("{}:{}", tag.repository, tag.tag),
    };
    list(house, principal, pattern, 100)
        .await
        .iter()
        .map(shown)
        .collect()
}

#[tokio::test]
async fn everything_is_listed_with_what_is_known_of_it() {
    let house = furnished().await;
    let listed = list(&house, &Principal::Local, None, 100).await;
    assert_eq!(listed.len(), 6);
    assert_eq!(
        list(&house, &Principal::Local, None, 1).await,
        listed,
        "whatever a page holds"
    );
    assert_eq!(list(&house, &Principal::Local, None, 4).await, listed);
    let kinds: Vec<Kind> = listed.iter().map(Holding::kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Provider,
            Kind::Provider,
            Kind::Provider,
            Kind::Image,
            Kind::Image,
            Kind::Chart
        ]
    );
    let Holding::Provider(reef) = &listed[0] else {
        panic!("{:?}", listed[0])
    };
    assert_eq!(
        (reef.address.as_str(), reef.origin, reef.proof),
        ("other.example/acme/reef", Origin::Imported, Proof::Hashed)
    );
    let Holding::Provider(coral) = &listed[2] else {
        panic!("{:?}", listed[2])
    };
    assert_eq!(
        (coral.origin, coral.proof),
        (Origin::Mirrored, Proof::Signed)
    );
    let platforms: Vec<_> = coral
        .platforms
        .iter()
        .map(|platform| (platform.platform.to_string(), platform.held))
        .collect();
    assert_eq!(
        platforms,
        [
            ("darwin_arm64".to_owned(), false),
            ("linux_amd64".to_owned(), false)
        ]
    );
    let Holding::Tag(app) = &listed[3] else {
        panic!("{:?}", listed[3])
    };
    assert_eq!(
        (app.repository.as_str(), app.tag.as_str(), app.size),
        ("acme/app", "v1.2.3", 9 + 13 + 2)
    );
}

#[tokio::test]
async fn patterns_choose() {
    let house = furnished().await;
    let all = Principal::Local;
    assert_eq!(
        names(&house, &all, Some("acme/reef >= 2")).await,
        ["other.example/acme/reef 2.0.0"]
    );
    assert_eq!(
        names(&house, &all, Some("tf.example/*/*")).await,
        ["tf.example/acme/coral 1.0.0"]
    );
    assert_eq!(
        names(&house, &all, Some("acme/app")).await,
        ["acme/app:v1.2.3"]
    );
    assert_eq!(
        names(&house, &all, Some("app")).await,
        ["acme/app:v1.2.3", "acme/team/app:latest"]
    );
    assert_eq!(names(&house, &all, Some("nothing/*")).await, [""; 0]);
    let error = house
        .holdings
        .artifacts(&all, Some("a//b"), None, 9)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn only_what_may_be_pulled_is_listed() {
    let house = furnished().await;
    let expected = [
        "tf.example/acme/coral 1.0.0",
        "acme/app:v1.2.3",
        "acme/team/app:latest",
    ];
    assert_eq!(names(&house, &token("pull:acme/*"), None).await, expected);
    assert_eq!(
        names(
            &house,
            &token("push:providers/other.example/*"),
            Some("*/reef < 2")
        )
        .await,
        ["other.example/acme/reef 1.0.0"]
    );
    // What was captured from a public upstream is everybody's.
    assert_eq!(
        names(&house, &Principal::Anonymous, None).await,
        ["tf.example/acme/coral 1.0.0"]
    );
}

#[tokio::test]
async fn modules_are_listed_between_providers_and_tags() {
    let house = furnished().await;
    let published = house.publish_module("Acme/vpc/aws", "1.0.0", "# own").await;
    house
        .capture_module("acme/net/aws", "2.0.0", "# theirs")
        .await;
    let listed = list(&house, &Principal::Local, None, 100).await;
    assert_eq!(listed.len(), 8);
    for limit in [1, 3, 4, 5] {
        let paged = list(&house, &Principal::Local, None, limit).await;
        assert_eq!(paged, listed, "whatever a page holds");
    }
    let modules = listed.iter().filter_map(|holding| match holding {
        Holding::Module(module) => Some(module),
        Holding::Provider(_) | Holding::Tag(_) => None,
    });
    let modules: Vec<_> = modules.collect();
    let known = modules
        .iter()
        .map(|of| (of.address.as_str(), of.origin, of.proof));
    let expected = [
        ("self/Acme/vpc/aws", Origin::Published, Proof::Hashed),
        ("tf.example/acme/net/aws", Origin::Mirrored, Proof::Unsigned),
    ];
    assert_eq!(known.collect::<Vec<_>>(), expected);
    assert_eq!(modules[0].digest.to_string(), published.digest);
    assert_eq!(modules[0].size, published.size_bytes);

    let all = Principal::Local;
    let chosen = names(&house, &all, Some("acme/*/aws")).await;
    assert_eq!(
        chosen,
        ["self/Acme/vpc/aws 1.0.0", "tf.example/acme/net/aws 2.0.0"]
    );
    let chosen = names(&house, &all, Some("*/*/aws >= 2")).await;
    assert_eq!(chosen, ["tf.example/acme/net/aws 2.0.0"]);
    // What was captured from a public upstream is everybody's, what is ours is not.
    let seen = names(&house, &Principal::Anonymous, Some("*/*/aws")).await;
    assert_eq!(seen, ["tf.example/acme/net/aws 2.0.0"]);
    let owner = token("pull:modules/self/acme/*");
    let seen = names(&house, &owner, Some("*/*/aws < 2")).await;
    assert_eq!(seen, ["self/Acme/vpc/aws 1.0.0"]);
}
