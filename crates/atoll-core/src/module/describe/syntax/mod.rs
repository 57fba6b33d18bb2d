//! The HCL syntax, as far as facts need it: blocks, attributes, and where expressions end.
//!
//! Not a parser of expressions: one that builds trees of them needs many times a file's size in memory, and one that
//! backtracks needs more time than there is for a file made to that end.
//!
//! Spec: <https://github.com/hashicorp/hcl/blob/v2.24.0/hclsyntax/spec.md>

mod block;
mod constant;
mod cursor;
mod flaw;
mod members;
mod scan;
mod text;

pub(super) use block::{Attribute, Block, Blocks};
pub(super) use constant::constant;
pub(super) use flaw::line_number;
pub(super) use members::{elements, members};
pub use scan::NESTING_MAX;
pub(super) use text::text;
