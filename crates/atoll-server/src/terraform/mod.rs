//! Terraform's and OpenTofu's protocols: discovery, module and provider registry, provider network mirror, and the archives
//! behind them; at the root of this server, below the name of another registry, and in the URL shapes of other servers.

mod archives;
mod discovery;
mod documents;
mod errors;
mod module_json;
mod module_path;
mod module_registry;
mod module_shelf;
mod network_mirror;
mod origin;
mod path;
mod provider_registry;
mod rights;

pub(crate) use documents::Documents;

use crate::routes::Routes;

/// The routes of these protocols.
pub(crate) fn routes() -> Routes {
    registry_routes!(Routes::new(), "")
        .and(registry_routes!(Routes::new(), "/hosts/{hostname}"))
        .and(other_servers())
        .get("/.well-known/terraform.json", discovery::services)
        .get(
            "/mirror/{hostname}/{namespace}/{type}/{document}",
            network_mirror::document,
        )
        .get("/files/{grant}/{file_name}", archives::get)
        .head("/files/{grant}/{file_name}", archives::head)
}

/// The same in the URL shapes of Artifactory and Nexus, where a repository is an upstream's name or alias.
fn other_servers() -> Routes {
    registry_routes!(Routes::new(), "/artifactory/api/terraform/{repository}")
        .and(registry_routes!(Routes::new(), "/repository/{repository}"))
        .get(
            "/artifactory/api/terraform/{repository}/providers/{hostname}/{namespace}/{type}/{document}",
            network_mirror::document,
        )
        .get(
            "/artifactory/api/terraform/v1/modules/{qualified}/{name}/{system}/versions",
            module_registry::versions,
        )
        .get(
            "/artifactory/api/terraform/v1/modules/{qualified}/{name}/{system}/{version}/download",
            module_registry::download,
        )
}

/// The routes of both registries below a prefix.
macro_rules! registry_routes {
    ($routes:expr, $prefix:literal) => {
        $routes
            .get(
                concat!($prefix, "/v1/providers/{namespace}/{type}/versions"),
                provider_registry::versions,
            )
            .get(
                concat!(
                    $prefix,
                    "/v1/providers/{namespace}/{type}/{version}/download/{os}/{arch}"
                ),
                provider_registry::package,
            )
            .get(concat!($prefix, "/v1/modules"), module_shelf::list)
            .get(concat!($prefix, "/v1/modules/search"), module_shelf::list)
            .get(
                concat!($prefix, "/v1/modules/{namespace}"),
                module_shelf::list,
            )
            .get(
                concat!($prefix, "/v1/modules/{namespace}/{name}"),
                module_shelf::list,
            )
            .get(
                concat!($prefix, "/v1/modules/{namespace}/{name}/{system}"),
                module_shelf::details,
            )
            .get(
                concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/versions"),
                module_registry::versions,
            )
            .get(
                concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/download"),
                module_shelf::newest,
            )
            .get(
                concat!($prefix, "/v1/modules/{namespace}/{name}/{system}/{version}"),
                module_shelf::details,
            )
            .get(
                concat!(
                    $prefix,
                    "/v1/modules/{namespace}/{name}/{system}/{version}/download"
                ),
                module_registry::download,
            )
    };
}
use registry_routes;
