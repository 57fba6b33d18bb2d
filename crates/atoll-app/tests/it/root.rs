//! What addresses without a host mean.

use atoll_app::{Root, RootRules};
use atoll_core::kind::ErrorKind;

use crate::house::{House, UPSTREAM};

/// The root where an upstream answers for these patterns, and these namespaces are ours.
fn root(house: &House, patterns: &[&str], claimed: &[&str]) -> Root {
    let patterns = patterns.iter().map(|pattern| pattern.parse().unwrap());
    let rules = RootRules {
        claimed: claimed
            .iter()
            .map(|&namespace| namespace.to_owned())
            .collect(),
        upstreams: vec![(UPSTREAM.parse().unwrap(), patterns.collect())],
    };
    Root::new(rules, house.db.clone())
}

async fn module(root: &Root, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let [namespace, name, system] = *parts.as_slice() else {
        panic!("{path}")
    };
    root.module(namespace, name, system)
        .await
        .unwrap()
        .to_string()
}

async fn provider(root: &Root, namespace: &str, type_name: &str) -> String {
    root.provider(namespace, type_name)
        .await
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn patterns_of_three_parts_are_for_modules_and_those_of_two_for_providers() {
    let house = House::new().await;
    let both = root(&house, &["coder/*/*", "*/vpc/aws", "hashicorp/*"], &[]);
    assert_eq!(
        module(&both, "coder/code-server/coder").await,
        "tf.example/coder/code-server/coder"
    );
    assert_eq!(
        module(&both, "Coder/Code/coder").await,
        "tf.example/Coder/Code/coder"
    );
    assert_eq!(
        module(&both, "anybody/vpc/aws").await,
        "tf.example/anybody/vpc/aws"
    );
    assert_eq!(
        module(&both, "anybody/vpc/google").await,
        "self/anybody/vpc/google"
    );
    assert_eq!(
        module(&both, "hashicorp/consul/aws").await,
        "self/hashicorp/consul/aws"
    );
    assert_eq!(
        provider(&both, "hashicorp", "aws").await,
        "tf.example/hashicorp/aws"
    );
    assert_eq!(provider(&both, "coder", "coder").await, "self/coder/coder");
    let none = root(&house, &[], &[]);
    assert_eq!(
        module(&none, "coder/code-server/coder").await,
        "self/coder/code-server/coder"
    );
    let error = both.module("co der", "x", "y").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn the_first_upstream_with_a_pattern_answers() {
    let house = House::new().await;
    let rules = RootRules {
        upstreams: [("one.example", "coder/*/*"), ("two.example", "*/*/*")]
            .map(|(host, pattern)| (host.parse().unwrap(), vec![pattern.parse().unwrap()]))
            .into(),
        ..RootRules::default()
    };
    let root = Root::new(rules, house.db.clone());
    assert_eq!(module(&root, "coder/x/y").await, "one.example/coder/x/y");
    assert_eq!(module(&root, "other/x/y").await, "two.example/other/x/y");
}

#[tokio::test]
async fn a_claimed_namespace_never_falls_through() {
    let house = House::new().await;
    house
        .publish("tools/coral", "1.0.0", &["linux_amd64"])
        .await;
    house
        .publish_module("Nets/vpc/aws", "1.0.0", "# ours")
        .await;
    house
        .capture_module("theirs/vpc/aws", "1.0.0", "# theirs")
        .await;
    let root = root(&house, &["*/*/*", "*/*"], &["acme"]);
    // By the configuration; by a provider; by a module. However it is spelt, and whatever else is asked for.
    for namespace in ["acme", "ACME", "tools", "Tools", "nets", "Nets"] {
        let meant = module(&root, &format!("{namespace}/evil/aws")).await;
        assert_eq!(meant, format!("self/{namespace}/evil/aws"));
        let meant = provider(&root, namespace, "evil").await;
        assert_eq!(meant, format!("self/{}/evil", namespace.to_lowercase()));
    }
    // What only begins so is somebody else's, and what was mirrored is claimed by nobody.
    for namespace in ["acm", "acme2", "net", "theirs"] {
        let meant = module(&root, &format!("{namespace}/vpc/aws")).await;
        assert_eq!(meant, format!("tf.example/{namespace}/vpc/aws"));
    }
}

#[tokio::test]
async fn a_namespace_stays_claimed_when_its_modules_are_deleted() {
    let house = House::new().await;
    house
        .publish_module("nets/vpc/aws", "1.0.0", "# ours")
        .await;
    let root = root(&house, &["*/*/*"], &[]);
    let own = "self/nets/vpc/aws";
    let (address, version) = (own.parse().unwrap(), "1.0.0".parse().unwrap());
    house.modules.delete(&address, &version).await.unwrap();
    assert_eq!(module(&root, "nets/vpc/aws").await, own);
}
