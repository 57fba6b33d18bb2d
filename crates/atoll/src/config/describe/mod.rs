//! What a configuration means, in words.

mod upstream;
mod whole;

pub(crate) use whole::describe;
