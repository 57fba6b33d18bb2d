//! The only way out of a run of git: a port on loopback that leads to one place.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::gate::Gate;
use super::socks;

/// A forwarder. Gone, with all its connections, when dropped.
pub(super) struct Forwarder {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// What a client has to say first.
#[derive(Clone)]
pub(super) enum Greeting {
    /// SOCKS 5 with this password, naming the place itself. Unlike `CONNECT` it carries plain http the same way.
    Socks {
        /// Known to this run alone, so that no other program of the machine gets out here.
        password: Arc<str>,
    },
    /// Nothing: what ssh sends goes straight through, to a server that asks for a key.
    Nothing,
}

/// Git opens one or two at a time.
const CONNECTIONS_MAX: usize = 16;

impl Forwarder {
    pub(super) async fn start(gate: Arc<Gate>, greeting: Greeting) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, gate, greeting));
        Ok(Self { address, task })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, gate: Arc<Gate>, greeting: Greeting) {
    // Dropped with this task, and its connections with it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if connections.len() < CONNECTIONS_MAX {
            connections.spawn(lead(client, Arc::clone(&gate), greeting.clone()));
        }
    }
}

async fn lead(mut client: TcpStream, gate: Arc<Gate>, greeting: Greeting) {
    match greeting {
        Greeting::Socks { password } => {
            if let Some(server) = socks::welcome(&mut client, &gate, &password).await {
                gate.carry(client, server).await;
            }
        }
        Greeting::Nothing => {
            if let Some(server) = gate.dial().await {
                gate.carry(client, server).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use url::Url;

    use super::*;
    use crate::address::AddressRules;
    use crate::dialer::Dialer;
    use crate::source::git::gate::Trouble;
    use crate::{Timeouts, UpstreamSettings};

    /// A server that says `hello` to everybody and hangs up, and a gate that leads to it.
    async fn gate() -> Arc<Gate> {
        gate_to(drop, Duration::from_millis(300)).await
    }

    /// A server that says `hello` to everybody, what it does with the connection then, and a gate that leads to it for as long as it
    /// is not silent for so long.
    async fn gate_to(then: impl Fn(TcpStream) + Send + 'static, idle: Duration) -> Arc<Gate> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url: Url = format!("https://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                client.write_all(b"hello").await.unwrap();
                then(client);
            }
        });
        let settings = UpstreamSettings::at("here", url.clone());
        let allowed = Arc::from([]);
        let rules = AddressRules::new("here".into(), url.clone(), Arc::clone(&allowed), false);
        let dialer = Dialer::new(&settings, &rules, &allowed);
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            repository_idle: idle,
            ..Timeouts::default()
        };
        Arc::new(Gate::new(dialer, url, 100, timeouts))
    }

    /// Everything that a client hears which says this.
    async fn hear(gate: &Arc<Gate>, words: &[u8]) -> Vec<u8> {
        let greeting = Greeting::Socks {
            password: "secret".into(),
        };
        let forwarder = Forwarder::start(Arc::clone(gate), greeting).await.unwrap();
        let mut client = TcpStream::connect(forwarder.address).await.unwrap();
        client.write_all(words).await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = Vec::new();
        // Whoever is turned away may find the connection reset.
        let _ = client.read_to_end(&mut heard).await;
        heard
    }

    fn words(password: &[u8], port: u16) -> Vec<u8> {
        let length = u8::try_from(password.len()).unwrap();
        let [high, low] = port.to_be_bytes();
        let hello: &[u8] = &[5, 1, 2, 1, 3, b'g', b'i', b't', length];
        [hello, password, &[5, 1, 0, 1, 127, 0, 0, 1, high, low]].concat()
    }

    #[tokio::test]
    async fn the_password_opens_the_one_place() {
        let gate = gate().await;
        let port = gate.target.port().unwrap();
        let heard = hear(&gate, &words(b"secret", port)).await;
        assert!(heard.ends_with(b"hello"), "{heard:?}");
        assert!(gate.take_trouble().is_none());
    }

    #[tokio::test]
    async fn a_server_that_falls_silent_is_left() {
        let gate = gate_to(std::mem::forget, Duration::from_millis(300)).await;
        let port = gate.target.port().unwrap();
        let words = words(b"secret", port);
        let hearing = hear(&gate, &words);
        let heard = tokio::time::timeout(Duration::from_secs(10), hearing).await;
        let heard = heard.expect("the connection ends");
        assert!(heard.ends_with(b"hello"), "{heard:?}");
        assert!(matches!(gate.take_trouble(), Some(Trouble::Slow(_))));
    }

    #[tokio::test]
    async fn a_server_that_speaks_now_and_then_is_heard_out() {
        // It takes longer than it may be silent, with room for a machine that stalls.
        let idle = Duration::from_secs(3);
        let speak = |mut client: TcpStream| {
            tokio::spawn(async move {
                for _ in 0..5 {
                    tokio::time::sleep(Duration::from_millis(800)).await;
                    client.write_all(b".").await.unwrap();
                }
            });
        };
        let gate = gate_to(speak, idle).await;
        let port = gate.target.port().unwrap();
        let heard = hear(&gate, &words(b"secret", port)).await;
        assert!(heard.ends_with(b"hello....."), "{heard:?}");
        assert!(gate.take_trouble().is_none());
    }

    #[tokio::test]
    async fn nobody_else_gets_anywhere() {
        let gate = gate().await;
        let port = gate.target.port().unwrap();
        for said in [
            words(b"wrong!", port),
            words(b"", port),
            vec![5, 1, 0],
            b"GET /".to_vec(),
        ] {
            let heard = hear(&gate, &said).await;
            assert!(!heard.ends_with(b"hello"), "{heard:?}");
        }
        assert!(gate.take_trouble().is_none());
        let heard = hear(&gate, &words(b"secret", port ^ 1)).await;
        assert!(!heard.ends_with(b"hello"), "{heard:?}");
        assert!(matches!(gate.take_trouble(), Some(Trouble::Elsewhere(_))));
    }
}
