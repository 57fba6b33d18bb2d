//! Name lookup that hands out only addresses which may be dialled.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::AddressRules;
use crate::{AllowedAddress, RefusalReason, is_public};

/// The last look before a connection: what this returns is what is dialled, so a name can't change its mind
/// between check and use.
#[derive(Clone)]
pub(crate) struct CheckedResolver {
    /// The upstream's own host, with the addresses the operator gave it.
    pub(crate) overrides: Option<(Box<str>, Vec<IpAddr>)>,
    pub(crate) check: Check,
}

/// What may be handed out.
#[derive(Clone)]
pub(crate) enum Check {
    /// The operator wrote the host: anything.
    Nothing,
    /// Learnt hosts: public addresses, and listed ones. Entries with another port do not count; a client whose
    /// port no entry names has `None`.
    Public {
        rules: AddressRules,
        allowed: Arc<[AllowedAddress]>,
        port: Option<u16>,
    },
}

/// What is wrong with a name.
#[derive(Debug, thiserror::Error)]
#[error("no address found for {0}")]
struct NoAddress(Box<str>);

impl CheckedResolver {
    /// Looks a name up, and returns what of it may be dialled: at least one address, on port 0.
    pub(crate) async fn lookup(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let fixed = self
            .overrides
            .as_ref()
            .and_then(|(host, addresses)| (**host == *name).then_some(addresses));
        let found: Vec<SocketAddr> = match fixed {
            Some(addresses) => addresses.iter().map(|ip| SocketAddr::new(*ip, 0)).collect(),
            None => tokio::net::lookup_host((name, 0)).await?.collect(),
        };
        if found.is_empty() {
            return Err(NoAddress(name.into()).into());
        }
        let permitted = self.check.filter(&found);
        if permitted.is_empty() {
            return Err(self.check.refuse(name, &found));
        }
        Ok(permitted)
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let permitted = this.lookup(name.as_str()).await?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

impl Check {
    fn filter(&self, found: &[SocketAddr]) -> Vec<SocketAddr> {
        found
            .iter()
            .copied()
            .filter(|address| self.permits(address.ip()))
            .collect()
    }

    fn permits(&self, address: IpAddr) -> bool {
        match self {
            Self::Nothing => true,
            Self::Public { allowed, port, .. } => {
                // Port 0 is no entry's port, so that entries limited to one do not match.
                let port = port.unwrap_or(0);
                is_public(address) || allowed.iter().any(|entry| entry.contains(address, port))
            }
        }
    }

    fn refuse(&self, name: &str, found: &[SocketAddr]) -> Box<dyn std::error::Error + Send + Sync> {
        match self {
            Self::Nothing => Box::new(NoAddress(name.into())),
            Self::Public { rules, .. } => {
                let addresses = found.iter().map(SocketAddr::ip).collect();
                Box::new(rules.refusal(RefusalReason::NotPublicName(name.into(), addresses), None))
            }
        }
    }
}
