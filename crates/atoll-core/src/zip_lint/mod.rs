//! What a provider's zip must and must not hold for every client to install it.

mod lint;
mod rule;
#[cfg(test)]
mod tests;

pub use lint::{ProviderZip, lint, lint_foreign};
pub use rule::{LintError, LintRule};
