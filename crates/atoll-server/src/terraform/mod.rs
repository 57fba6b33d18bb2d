//! Terraform's and OpenTofu's protocols: discovery, provider registry, provider network mirror, and the archives behind both.

mod archives;
mod discovery;
mod documents;
mod errors;
mod network_mirror;
mod path;
mod provider_registry;

pub(crate) use documents::Documents;

use crate::routes::Routes;

/// The routes of these protocols.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/.well-known/terraform.json", discovery::services)
        .get(
            "/v1/providers/{namespace}/{type}/versions",
            provider_registry::versions,
        )
        .get(
            "/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}",
            provider_registry::package,
        )
        .get(
            "/hosts/{hostname}/v1/providers/{namespace}/{type}/versions",
            provider_registry::versions,
        )
        .get(
            "/hosts/{hostname}/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}",
            provider_registry::package,
        )
        .get(
            "/mirror/{hostname}/{namespace}/{type}/{document}",
            network_mirror::document,
        )
        .get("/files/{grant}/{file_name}", archives::get)
        .head("/files/{grant}/{file_name}", archives::head)
}
