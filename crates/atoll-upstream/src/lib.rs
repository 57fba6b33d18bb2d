//! The one way out: registries, archives and the door they are fetched through.
//!
//! Every outbound request of the server goes through an [`Upstream`], and every [`Upstream`] comes from the one
//! [`Egress`], which enforces the offline switch, the address rules, credentials, timeouts and size caps.
//!
//! **Invariant:** nothing else in the workspace builds an HTTP client or dials a foreign host.

mod address;
mod ask;
mod clients;
mod dialer;
mod document;
mod download;
mod egress;
mod error;
mod exchange;
mod once_map;
mod resolver;
mod retry;
mod safe_url;
mod settings;
pub mod source;
pub mod terraform;
mod trust;
mod upstream;

pub use address::{AllowedAddress, AllowedAddressError, Refusal, RefusalReason, is_public};
pub use ask::Ask;
pub use document::{Document, DocumentLimits};
pub use download::Download;
pub use egress::{Egress, EgressError, EgressSettings, LOOP_HEADER};
pub use error::{FetchError, OfflineReason};
pub use once_map::OnceMap;
pub use safe_url::SafeUrl;
pub use settings::{
    Credential, Protocol, SecretText, Timeouts, UpstreamSettings, UpstreamSettingsError,
};
pub use upstream::Upstream;
