//! The short-lived tokens that `/token` gives to registry clients.

use atoll_core::permission::{Principal, Scopes};
use serde::{Deserialize, Serialize};

use super::sealer::{NotSealedHere, Purpose, Sealer};

/// How long a bearer lasts, in seconds. Clients take the lack of a value for 60; a long push asks again on 401.
pub const BEARER_SECS: i64 = 900;

/// A bearer begins with this, so that it can't be taken for a token.
const PREFIX: &str = "atoll.";

/// What a bearer says: on whose behalf, and with which of their rights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The look-up prefix of the token behind it; none for anybody.
    pub token_prefix: Option<String>,
    /// The rights asked for that the token has; a token's rights never change, only its life ends.
    pub scopes: Scopes,
    /// When it ends, in seconds since 1970.
    pub expires_at_secs: i64,
}

impl Bearer {
    /// The text that a client presents.
    pub fn seal(&self, sealer: &Sealer) -> String {
        format!("{PREFIX}{}", sealer.seal(Purpose::Bearer, self))
    }

    /// Whether a credential looks like a bearer of any installation.
    pub fn is_one(credential: &str) -> bool {
        credential.starts_with(PREFIX)
    }

    /// Opens a bearer that this installation gave.
    pub fn open(sealer: &Sealer, credential: &str) -> Result<Self, NotSealedHere> {
        sealer.open(
            Purpose::Bearer,
            credential.strip_prefix(PREFIX).ok_or(NotSealedHere)?,
        )
    }

    /// The principal that its token stands for, with the bearer's rights only.
    pub fn narrow(&self, behind: Principal) -> Principal {
        match behind {
            Principal::Token { id, .. } => Principal::Token {
                id,
                scopes: self.scopes.clone(),
            },
            other => other,
        }
    }
}
