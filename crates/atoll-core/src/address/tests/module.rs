use proptest::prelude::*;

use super::super::{Hostname, ModuleAddr, ModuleAddrError};
use crate::repository::RepositoryName;

#[test]
fn the_case_is_kept_and_the_repository_is_folded() {
    let address: ModuleAddr = "registry.coder.com/AJ0070/My_Mod/coder".parse().unwrap();
    assert_eq!(
        address.to_string(),
        "registry.coder.com/AJ0070/My_Mod/coder"
    );
    assert_eq!(
        address.repository().as_str(),
        "modules/registry.coder.com/aj0070/my_mod/coder"
    );
    let folded: ModuleAddr = "registry.coder.com/aj0070/my_mod/coder".parse().unwrap();
    assert_ne!(address, folded);
    assert_eq!(address.repository(), folded.repository());
    assert_eq!(
        ModuleAddr::from_repository(&address.repository()),
        Some(folded)
    );
}

#[test]
fn old_addresses_of_coder_mean_the_new_ones() {
    let current = |text: &str| text.parse::<ModuleAddr>().unwrap().current().to_string();
    assert_eq!(
        current("registry.coder.com/modules/code-server/coder"),
        "registry.coder.com/coder/code-server/coder"
    );
    for same in [
        "registry.coder.com/coder/code-server/coder",
        "tf.example/modules/code-server/coder",
        "registry.coder.com/modules/code-server/aws",
    ] {
        assert_eq!(current(same), same);
    }
}

#[test]
fn what_oci_can_not_spell_is_escaped() {
    let address = ModuleAddr::new(Hostname::self_(), "a___b", "x", "y").unwrap();
    let repository = address.repository();
    assert!(repository.as_str().contains("/x--"), "{repository}");
    assert_eq!(
        ModuleAddr::from_repository(&repository)
            .unwrap()
            .namespace(),
        "a___b"
    );
}

#[test]
fn bad_addresses_are_explained() {
    for (text, expected) in [
        ("", "is not a module's address"),
        ("a/b", "is not a module's address"),
        ("a.b/c/d/e/f", "is not a module's address"),
        ("tf.example/-a/b/c", "begin and end with a letter"),
        ("tf.example/a./b/c", "must be letters"),
        ("tf.example/a/b/AWS", "lower-case letters and digits"),
        ("tf.example//b/c", "1 to 64 characters"),
    ] {
        let error = text.parse::<ModuleAddr>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let long = "a".repeat(64);
    let error = ModuleAddr::new(
        format!("{}.example", "b".repeat(60)).parse().unwrap(),
        &long,
        &long,
        &long,
    )
    .unwrap_err();
    assert!(matches!(error, ModuleAddrError::Repository { .. }));
}

#[test]
fn other_families_are_no_modules() {
    for name in [
        "providers/self/acme/demo",
        "modules/self/acme/vpc",
        "modules/self/acme/vpc/aws/x",
        "acme/app",
    ] {
        let name: RepositoryName = name.parse().unwrap();
        assert_eq!(ModuleAddr::from_repository(&name), None, "{name}");
    }
}

proptest! {
    #[test]
    fn addresses_read_back(text in "[a-z]{1,8}\\.example/[0-9A-Za-z][0-9A-Za-z_-]{0,9}[0-9A-Za-z]/[0-9A-Za-z]{1,9}/[a-z0-9]{1,9}") {
        let address: ModuleAddr = text.parse().unwrap();
        prop_assert_eq!(address.to_string(), text.clone());
        let back = ModuleAddr::from_repository(&address.repository()).unwrap();
        prop_assert_eq!(back.to_string(), text.to_ascii_lowercase());
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<ModuleAddr>();
        let _ = ModuleAddr::parse_with_default(&text, &Hostname::self_());
    }
}
