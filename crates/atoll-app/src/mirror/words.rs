//! How things are called in messages and logs.

use std::error::Error;
use std::fmt;

use atoll_core::address::{ModuleAddr, ProviderAddr};
use atoll_core::platform::Platform;
use atoll_core::version::Version;

/// The name of a version in messages.
pub(super) fn version_name(provider: &ProviderAddr, version: &Version) -> Box<str> {
    format!("{provider} {version}").into()
}

/// The name of a module's version in messages.
pub(super) fn module_version_name(module: &ModuleAddr, version: &Version) -> Box<str> {
    format!("{module} {version}").into()
}

/// The name of a package in messages.
pub(super) fn package_name(
    provider: &ProviderAddr,
    version: &Version,
    platform: &Platform,
) -> Box<str> {
    format!("{provider} {version} for {platform}").into()
}

/// An error with its causes, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    Chain(error).to_string()
}

/// An error with its causes, for one line of a log.
pub(super) struct Chain<'a>(pub(super) &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
