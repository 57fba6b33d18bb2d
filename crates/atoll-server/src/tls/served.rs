//! The certificate in use, and how it is swapped.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::facts::CertificateFacts;

/// A certificate that connections are answered with.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) facts: CertificateFacts,
}

/// Answers every connection with whatever certificate is in use at that moment.
///
/// There is one certificate for all names: clients that come by address send no name to choose by.
#[derive(Debug)]
pub(super) struct CurrentCertificate(ArcSwap<Served>);

impl CurrentCertificate {
    pub(super) fn new(served: Served) -> Self {
        Self(ArcSwap::from_pointee(served))
    }

    /// Connections that are open keep what they were answered with.
    pub(super) fn swap(&self, served: Served) {
        self.0.store(Arc::new(served));
    }

    pub(super) fn get(&self) -> Arc<Served> {
        self.0.load_full()
    }
}

impl ResolvesServerCert for CurrentCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().certified))
    }
}
