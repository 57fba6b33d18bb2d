//! OpenTofu's module packages in OCI registries.
//!
//! Spec: <https://opentofu.org/docs/cli/oci_registries/module-package/>,
//! <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull>

mod challenge;
mod manifest;
mod pull;
mod token;

pub(super) use pull::fetch;
