//! Which addresses may be dialled.

mod allowed;
mod public;
mod refusal;
mod rules;

pub use allowed::{AllowedAddress, AllowedAddressError};
pub use public::is_public;
pub use refusal::{Refusal, RefusalReason};

pub(crate) use rules::{AddressRules, Route};
