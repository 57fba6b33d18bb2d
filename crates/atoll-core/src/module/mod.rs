//! Terraform and OpenTofu modules.

pub mod describe;
pub mod package;
