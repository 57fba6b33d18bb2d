//! What a module declares, read from its files without running anything.
//!
//! The reading is linear in the size of the files, needs no recursion deeper than a named limit, and keeps what it can:
//! a file that can't be read becomes a [`Diagnostic`] beside the facts of the others.
//!
//! Facts: <https://developer.hashicorp.com/terraform/language/files>

mod call_source;
mod error;
mod expression;
mod facts;
mod files;
mod json;
mod model;
mod needs;
mod parts;
mod readme;
mod selection;
mod syntax;
#[cfg(test)]
mod tests;
mod zipped;

pub use call_source::{CallSource, classify};
pub use error::DescribeError;
pub use files::{FILE_BYTES_MAX, FILES_BYTES_MAX, FILES_MAX, Files, README_BYTES_MAX};
pub use model::{
    DIAGNOSTICS_MAX, Diagnostic, FACTS_MAX, FORMAT_VERSION, Input, ModuleCall, ModuleDescription,
    Output, PARTS_MAX, Part, Provider, Resource, ResourceMode, TEXT_BYTES_MAX, Validation,
};
pub use needs::{Need, NeedKind};
pub use parts::describe;
pub use readme::DESCRIPTION_CHARS_MAX;
pub use syntax::NESTING_MAX;
pub use zipped::describe_zip;
