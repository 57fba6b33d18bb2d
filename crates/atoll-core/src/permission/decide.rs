//! The one place that decides.

use super::{Action, Principal, Visibility};
use crate::repository::RepositoryName;

/// The answer to a request for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Allowed,
    /// Not without a token; the same whether the thing exists or not.
    Unauthenticated,
    /// As far as this caller may know, there is no such thing.
    Hidden,
    /// The caller may see it, but not do this.
    Forbidden,
    /// Nobody may do this: the tree is another host's, and what is in it comes from there.
    Reserved,
}

impl Access {
    /// Whether it is a yes.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// Whether the principal may do this to the repository.
pub fn may(
    principal: &Principal,
    action: Action,
    repository: &RepositoryName,
    visibility: Visibility,
) -> Access {
    let readable = visibility == Visibility::Public;
    match principal {
        Principal::Local => Access::Allowed,
        Principal::Anonymous if readable && action == Action::Pull => Access::Allowed,
        Principal::Anonymous => Access::Unauthenticated,
        Principal::Token { scopes, .. } if scopes.cover(action, repository) => Access::Allowed,
        Principal::Token { .. } if readable && action == Action::Pull => Access::Allowed,
        Principal::Token { scopes, .. } if readable || scopes.cover(Action::Pull, repository) => {
            Access::Forbidden
        }
        Principal::Token { .. } => Access::Hidden,
    }
}

/// Whether the principal may run the installation.
pub fn may_administer(principal: &Principal) -> Access {
    match principal {
        Principal::Local => Access::Allowed,
        Principal::Anonymous => Access::Unauthenticated,
        Principal::Token { scopes, .. } if scopes.administer() => Access::Allowed,
        Principal::Token { .. } => Access::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::TokenId;

    #[test]
    fn every_case() {
        let token = |scopes: &str| Principal::Token {
            id: TokenId::new("1"),
            scopes: scopes.parse().unwrap(),
        };
        let name = "acme/app".parse().unwrap();
        let decide =
            |principal: &Principal, action, visibility| may(principal, action, &name, visibility);
        for action in [Action::Pull, Action::Push, Action::Delete] {
            assert_eq!(
                decide(&Principal::Anonymous, action, Visibility::Private),
                Access::Unauthenticated
            );
            assert_eq!(
                decide(&token("pull:other"), action, Visibility::Private),
                Access::Hidden
            );
            assert_eq!(
                decide(&token("admin"), action, Visibility::Private),
                Access::Allowed
            );
            assert_eq!(
                decide(&Principal::Local, action, Visibility::Private),
                Access::Allowed
            );
        }
        assert_eq!(
            decide(&Principal::Anonymous, Action::Pull, Visibility::Public),
            Access::Allowed
        );
        assert_eq!(
            decide(&Principal::Anonymous, Action::Push, Visibility::Public),
            Access::Unauthenticated
        );
        assert_eq!(
            decide(&token("pull:other"), Action::Pull, Visibility::Public),
            Access::Allowed
        );
        assert_eq!(
            decide(&token("pull:other"), Action::Push, Visibility::Public),
            Access::Forbidden
        );
        assert_eq!(
            decide(&token("pull:acme/*"), Action::Push, Visibility::Private),
            Access::Forbidden
        );
        assert_eq!(
            decide(&token("push:acme/*"), Action::Delete, Visibility::Private),
            Access::Forbidden
        );
    }

    #[test]
    fn only_admins_administer() {
        let token = |scopes: &str| Principal::Token {
            id: TokenId::new("1"),
            scopes: scopes.parse().unwrap(),
        };
        assert_eq!(
            may_administer(&Principal::Anonymous),
            Access::Unauthenticated
        );
        assert_eq!(may_administer(&token("push:*")), Access::Forbidden);
        assert_eq!(may_administer(&token("admin")), Access::Allowed);
        assert_eq!(may_administer(&Principal::Local), Access::Allowed);
    }
}
