//! What those who run the server look at.

mod health;
pub(crate) mod loops;
mod meters;
pub(crate) mod metrics;
pub(crate) mod requests;

use crate::routes::Routes;

/// Health and trust.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
        .get("/ca.pem", health::ca)
}
