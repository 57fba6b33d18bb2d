//! Errors in each protocol's own shape.

pub(crate) mod oci;
mod status;

pub(crate) use status::status;
