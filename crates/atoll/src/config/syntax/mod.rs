//! The language of the configuration: places in it, values, blocks. Knows no key by name.

mod block;
mod evaluate;
mod reader;
mod schema;
mod source;
mod suggest;

pub(super) use block::{Block, Label};
pub(super) use reader::Reader;
pub(super) use schema::{BlockRule, Schema};
pub(super) use source::{SourceText, read_text};
