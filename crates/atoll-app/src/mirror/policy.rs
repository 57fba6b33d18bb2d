//! What the operator lets a mirror serve.

use std::fmt;

use atoll_core::address::{ModuleAddr, ProviderAddr};
use atoll_core::pattern::{Policy, Verdict};
use atoll_core::version::Version;

use super::error::MirrorError;
use super::words::{module_version_name, version_name};

/// Which rule keeps something from being served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// `allow` does not have it.
    NotAllowed,
    /// This pattern of `exclude` has it.
    Excluded(Box<str>),
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str("no pattern of `allow` has it"),
            Self::Excluded(pattern) => write!(f, "`exclude` has it, by {pattern:?}"),
        }
    }
}

/// Refuses a provider of which no version may be served.
pub(super) fn check_provider(policy: &Policy, provider: &ProviderAddr) -> Result<(), MirrorError> {
    check(policy, provider, None).map_err(|denial| MirrorError::NotPermitted {
        what: provider.to_string().into(),
        denial,
    })
}

/// Refuses a version that may not be served.
pub(super) fn check_version(
    policy: &Policy,
    provider: &ProviderAddr,
    version: &Version,
) -> Result<(), MirrorError> {
    check(policy, provider, Some(version)).map_err(|denial| MirrorError::NotPermitted {
        what: version_name(provider, version),
        denial,
    })
}

/// Whether a version may be served.
pub(super) fn permits(policy: &Policy, provider: &ProviderAddr, version: &Version) -> bool {
    check(policy, provider, Some(version)).is_ok()
}

/// Refuses a module of which no version may be served, or a version of it that may not be.
pub(super) fn check_module(
    policy: &Policy,
    module: &ModuleAddr,
    version: Option<&Version>,
) -> Result<(), MirrorError> {
    let segments = [module.namespace(), module.name(), module.system()];
    decide(policy, &segments, version).map_err(|denial| {
        let what = match version {
            Some(version) => module_version_name(module, version),
            None => module.to_string().into(),
        };
        MirrorError::NotPermitted { what, denial }
    })
}

/// Whether a version of a module may be served.
pub(super) fn permits_module(policy: &Policy, module: &ModuleAddr, version: &Version) -> bool {
    check_module(policy, module, Some(version)).is_ok()
}

fn check(
    policy: &Policy,
    provider: &ProviderAddr,
    version: Option<&Version>,
) -> Result<(), Denial> {
    decide(
        policy,
        &[provider.namespace(), provider.type_name()],
        version,
    )
}

fn decide(policy: &Policy, segments: &[&str], version: Option<&Version>) -> Result<(), Denial> {
    match policy.permits(segments, version) {
        Verdict::Permitted => Ok(()),
        Verdict::NotAllowed => Err(Denial::NotAllowed),
        Verdict::Excluded(pattern) => Err(Denial::Excluded(pattern.into())),
    }
}

#[cfg(test)]
mod tests {
    use atoll_core::kind::ErrorKind;

    use super::*;

    fn policy(allow: &[&str], exclude: &[&str]) -> Policy {
        let list = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Policy {
            allow: Some(list(allow)),
            exclude: list(exclude),
        }
    }

    #[test]
    fn a_denial_names_the_rule_and_stops_the_fallback() {
        let policy = policy(&["hashicorp/*"], &["hashicorp/null < 3"]);
        let null = "tf.example/hashicorp/null".parse().unwrap();
        check_provider(&policy, &null).unwrap();
        assert!(permits(&policy, &null, &"3.0.0".parse().unwrap()));
        let error = check_version(&policy, &null, &"2.1.0".parse().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert!(error.to_string().contains("hashicorp/null"), "{error}");
        let error = check_provider(&policy, &"tf.example/other/null".parse().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert!(error.to_string().contains("allow"), "{error}");
    }
}
