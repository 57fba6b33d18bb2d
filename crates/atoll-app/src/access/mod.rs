//! Who is asking: tokens, the short-lived bearers made from them, and the secrets behind both.

mod bearer;
mod sealer;
mod secrets;
mod tokens;

pub use atoll_db::tokens::TokenRow;
pub use bearer::{BEARER_SECS, Bearer};
pub use sealer::{NotSealedHere, Purpose, SEALING_KEY_BYTES, Sealer};
pub(crate) use secrets::random;
pub use secrets::{MasterKeyError, Secrets, SecretsError};
pub use tokens::{
    AuthenticateError, Authenticated, CreateTokenError, CreatedToken, NewToken, TokenError, Tokens,
};
