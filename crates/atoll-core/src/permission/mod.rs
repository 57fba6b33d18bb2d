//! Who may do what.

mod action;
mod decide;
mod principal;
mod scope;
mod scopes;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use decide::{Access, may, may_administer};
pub use principal::{Principal, TokenId, Visibility, VisibilityError};
pub use scope::{Scope, ScopeError};
pub use scopes::Scopes;
