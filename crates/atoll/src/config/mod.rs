//! The configuration: found, read, checked, resolved.
//!
//! [`load`] finds the file, puts flags and variables above it and defaults below it, and gives [`Settings`] in which
//! nothing is left to decide. Every error says where it is and shows the line; all of them are reported at once.

mod builtin;
mod describe;
mod draft;
pub(crate) mod env;
mod error;
mod load;
mod read;
mod resolve;
mod settings;
mod syntax;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use describe::describe;
pub(crate) use env::Environment;
pub(crate) use error::ConfigErrors;
pub(crate) use load::{Overrides, load};
pub(crate) use settings::{
    DEFAULT_METRICS, LogFormat, LogSettings, MetricsSettings, Origin, Settings, TlsSettings,
};
