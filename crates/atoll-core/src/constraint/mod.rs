//! Version constraints as Terraform's users write them: `>= 1.2, != 1.4.1, < 2`, `~> 5.90`, `1.2.3`.
//!
//! Facts: <https://developer.hashicorp.com/terraform/language/expressions/version-constraints>

mod comparison;
mod list;
#[cfg(test)]
mod tests;

pub use list::{CONSTRAINT_BYTES_MAX, ConstraintError, ConstraintRule, Constraints};
