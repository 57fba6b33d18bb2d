use proptest::prelude::*;

use crate::address::{Hostname, NAME_BYTES_MAX, NameRule, ProviderAddr, ProviderAddrError};
use crate::repository::RepositoryName;

fn provider(text: &str) -> ProviderAddr {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn repository(text: &str) -> RepositoryName {
    text.parse().unwrap()
}

#[test]
fn provider_addresses_are_folded_and_displayed() {
    for (text, canonical) in [
        (
            "registry.terraform.io/hashicorp/aws",
            "registry.terraform.io/hashicorp/aws",
        ),
        (
            "Registry.Terraform.io:443/HashiCorp/AWS",
            "registry.terraform.io/hashicorp/aws",
        ),
        (
            "example.com/foo-bar/baz-boop",
            "example.com/foo-bar/baz-boop",
        ),
        ("localhost:8080/foo/bar", "localhost:8080/foo/bar"),
        ("self/a_b/null", "self/a_b/null"),
        (
            "terraform.io/builtin/terraform",
            "terraform.io/builtin/terraform",
        ),
        ("münchen.de/a/b", "xn--mnchen-3ya.de/a/b"),
    ] {
        assert_eq!(provider(text).to_string(), canonical);
        assert_eq!(provider(canonical), provider(text));
    }
    let here = Hostname::self_();
    assert_eq!(
        ProviderAddr::parse_with_default("Acme/Demo", &here)
            .unwrap()
            .to_string(),
        "self/acme/demo"
    );
    assert_eq!(
        ProviderAddr::parse_with_default("example.com/acme/demo", &here).unwrap(),
        provider("example.com/acme/demo")
    );
}

#[test]
fn bad_provider_addresses_name_the_part_and_the_rule() {
    let longest = "a".repeat(NAME_BYTES_MAX);
    assert!(
        format!("self/{longest}/{longest}")
            .parse::<ProviderAddr>()
            .is_ok()
    );
    let too_long = "a".repeat(NAME_BYTES_MAX + 1);
    for (given, rule) in [
        ("", NameRule::Length),
        (too_long.as_str(), NameRule::Length),
        ("bad.name", NameRule::Character),
        ("bad!", NameRule::Character),
        ("Испытание", NameRule::Character),
        ("a b", NameRule::Character),
        ("..", NameRule::Character),
        ("-", NameRule::Ends),
        ("-bad", NameRule::Ends),
        ("bad-", NameRule::Ends),
        ("bad--name", NameRule::DoubleDash),
        ("xn--80akhbyknj4f", NameRule::DoubleDash),
    ] {
        let shown = given.to_owned();
        let namespace = format!("example.com/{given}/aws").parse::<ProviderAddr>();
        assert_eq!(
            namespace,
            Err(ProviderAddrError::Namespace {
                given: shown.clone(),
                rule
            })
        );
        let type_name = format!("example.com/acme/{given}").parse::<ProviderAddr>();
        assert_eq!(
            type_name,
            Err(ProviderAddrError::Type { given: shown, rule })
        );
    }
    for bad in [
        "terraform-bad",
        "terraform-provider-bad",
        "Terraform-Provider-Bad",
    ] {
        let refused = format!("example.com/acme/{bad}").parse::<ProviderAddr>();
        assert_eq!(
            refused,
            Err(ProviderAddrError::Type {
                given: bad.to_owned(),
                rule: NameRule::RedundantPrefix
            })
        );
    }
    assert!(matches!(
        "self/_a/b".parse::<ProviderAddr>(),
        Err(ProviderAddrError::Namespace {
            rule: NameRule::Ends,
            ..
        })
    ));
    assert!(matches!(
        "self/a/b_c".parse::<ProviderAddr>(),
        Err(ProviderAddrError::Type {
            rule: NameRule::Character,
            ..
        })
    ));
    assert!(matches!(
        "bad host/a/b".parse::<ProviderAddr>(),
        Err(ProviderAddrError::Hostname(_))
    ));
}

#[test]
fn addresses_need_their_parts() {
    for bad in [
        "",
        "aws",
        "hashicorp/aws",
        "a/b/c/d",
        "/too///many//slashes",
    ] {
        assert!(
            matches!(
                bad.parse::<ProviderAddr>(),
                Err(ProviderAddrError::Parts(_))
            ),
            "{bad:?}"
        );
    }
    for bad in ["", "aws", "a/b/c/d"] {
        let refused = ProviderAddr::parse_with_default(bad, &Hostname::self_());
        assert!(
            matches!(refused, Err(ProviderAddrError::PartsWithDefault(_))),
            "{bad:?}"
        );
    }
    assert_eq!(
        "hashicorp/aws"
            .parse::<ProviderAddr>()
            .unwrap_err()
            .to_string(),
        "\"hashicorp/aws\" is not a provider's address: it must be HOST/NAMESPACE/TYPE"
    );
}

#[test]
fn an_address_whose_repository_has_no_name_is_refused() {
    let host = format!("{}example", "a.".repeat(120));
    let name = "a".repeat(60);
    let refused = format!("{host}/{name}/aws").parse::<ProviderAddr>();
    assert!(
        matches!(refused, Err(ProviderAddrError::Repository { .. })),
        "{refused:?}"
    );
}

#[test]
fn repositories_of_providers() {
    for (address, name) in [
        (
            "registry.terraform.io/hashicorp/aws",
            "providers/registry.terraform.io/hashicorp/aws",
        ),
        ("self/acme/demo", "providers/self/acme/demo"),
        (
            "example.com:8443/acme/demo",
            "providers/example.com__8443/acme/demo",
        ),
        (
            "[::1]:8443/acme/demo",
            "providers/x--bct3kcatbtfjgd1k6c/acme/demo",
        ),
        ("self/a___b/demo", "providers/self/x--c5flunr2/demo"),
        ("x--a.com/acme/demo", "providers/x--f0miqo9ecdnmq/acme/demo"),
        ("xn--mnchen-3ya.de/a/b", "providers/xn--mnchen-3ya.de/a/b"),
    ] {
        assert_eq!(provider(address).repository(), repository(name));
        assert_eq!(
            ProviderAddr::from_repository(&repository(name)),
            Some(provider(address))
        );
    }
}

#[test]
fn other_repositories_are_no_providers() {
    for name in [
        "modules/self/acme/demo",
        "providers/self/acme",
        "providers/self/acme/demo/more",
        "providersx/self/acme/demo",
        "providers/a_b/acme/demo",
        "providers/example.com__443/acme/demo",
        "providers/example.com__08443/acme/demo",
        "providers/self/x--a/demo",
        "providers/self/a--b/demo",
        "providers/self/acme/terraform-demo",
        "library/nginx",
    ] {
        assert_eq!(
            ProviderAddr::from_repository(&repository(name)),
            None,
            "{name}"
        );
    }
}

proptest! {
    #[test]
    fn provider_addresses_map_one_to_one(
        host in "[a-bx](--a)?\\.c(:[1-9][0-9]{0,3})?",
        namespace in "[A-Ba-b0](_|__|___|_-|-)[a-b]",
        type_name in "[a-b](-[a-b]){0,2}",
    ) {
        let address = provider(&format!("{host}/{namespace}/{type_name}"));
        prop_assert_eq!(ProviderAddr::from_repository(&address.repository()), Some(address.clone()));
        prop_assert_eq!(provider(&address.to_string()), address);
    }
}
