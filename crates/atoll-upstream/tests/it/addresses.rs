//! Address rules at the socket: what is refused is never dialled.

use std::net::{IpAddr, Ipv4Addr};

use atoll_core::kind::ErrorKind;
use atoll_testkit::registry::{FakeRegistry, Fault};
use atoll_upstream::{FetchError, RefusalReason, UpstreamSettings};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{at, chain, egress, limits, upstream, upstream_with};

fn refusal(error: FetchError) -> RefusalReason {
    assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    assert!(!error.is_connection_failure());
    match error {
        FetchError::Refused { refusal, .. } => refusal.reason,
        other => panic!("{}", chain(&other)),
    }
}

#[tokio::test]
async fn a_redirect_to_an_address_inside_is_refused_before_a_socket() {
    let registry = FakeRegistry::start().await;
    let inside = FakeRegistry::start().await;
    inside.put("/x", "text/plain", "secret");
    registry.fault(Fault::redirect(at(&inside, "/x").as_str()));
    let upstream = upstream(&registry);
    let url = at(&registry, "/start");
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let error = upstream.document(&url, limits()).await.unwrap_err();
    assert_eq!(refusal(error), RefusalReason::NotPublic(loopback));
    let error = upstream.size_of(&url).await.unwrap_err();
    assert_eq!(refusal(error), RefusalReason::NotPublic(loopback));
    let error = upstream.open(&url, 0).await.err().unwrap();
    assert_eq!(refusal(error), RefusalReason::NotPublic(loopback));
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_resolves_to_an_address_inside_is_refused() {
    let registry = FakeRegistry::start().await;
    let inside = FakeRegistry::start().await;
    inside.put("/x", "text/plain", "secret");
    let url = format!("http://localhost:{}/x", inside.port())
        .parse()
        .unwrap();
    let error = upstream(&registry)
        .document(&url, limits())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`allow_addresses = [\"localhost\"]`"),
        "{error}"
    );
    let RefusalReason::NotPublicName(name, addresses) = refusal(error) else {
        panic!("a name")
    };
    assert_eq!(&*name, "localhost");
    assert!(addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert!(inside.requests().is_empty());
}

#[tokio::test]
async fn allow_addresses_opens_by_name_by_address_by_network_and_by_port() {
    let registry = FakeRegistry::start().await;
    let inside = FakeRegistry::start().await;
    inside.put("/x", "text/plain", "x");
    let port = inside.port();
    let by_name = format!("http://localhost:{port}/x").parse().unwrap();
    let by_address = at(&inside, "/x");
    for (entry, opens_name, opens_address) in [
        ("localhost".to_owned(), true, false),
        (format!("localhost:{port}"), true, false),
        ("127.0.0.1".to_owned(), true, true),
        ("127.0.0.0/8".to_owned(), true, true),
        (format!("127.0.0.1:{port}"), true, true),
        ("127.0.0.1:1".to_owned(), false, false),
        ("localhost:1".to_owned(), false, false),
        ("127.0.0.2".to_owned(), false, false),
        ("10.0.0.0/8".to_owned(), false, false),
    ] {
        let upstream = upstream_with(&registry, |settings| {
            settings.allow_addresses = vec![entry.parse().unwrap()];
        });
        let name = upstream.document(&by_name, limits()).await;
        assert_eq!(name.is_ok(), opens_name, "{entry} by name: {name:?}");
        let address = upstream.document(&by_address, limits()).await;
        assert_eq!(
            address.is_ok(),
            opens_address,
            "{entry} by address: {address:?}"
        );
    }
}

#[tokio::test]
async fn an_https_upstream_may_not_send_us_to_plain_http() {
    let registry = FakeRegistry::start_tls().await;
    registry.fault(Fault::redirect("http://cdn.example/x").on("/start"));
    let url = at(&registry, "/start");
    let error = upstream(&registry)
        .document(&url, limits())
        .await
        .unwrap_err();
    assert_eq!(
        refusal(error),
        RefusalReason::PlainHttp("cdn.example".into())
    );
}

#[tokio::test]
async fn other_schemes_and_user_names_are_refused() {
    let registry = FakeRegistry::start().await;
    for (location, expected) in [
        ("file:///etc/passwd", RefusalReason::Scheme("file".into())),
        ("ftp://cdn.example/x", RefusalReason::Scheme("ftp".into())),
        ("http://user:pw@cdn.example/x", RefusalReason::UserInfo),
    ] {
        registry.clear_faults();
        registry.fault(Fault::redirect(location));
        let error = upstream(&registry)
            .document(&at(&registry, "/x"), limits())
            .await
            .unwrap_err();
        assert!(!chain(&error).contains("pw@"));
        assert_eq!(refusal(error), expected);
    }
}

#[tokio::test]
async fn resolve_overrides_names_for_the_own_host() {
    let registry = FakeRegistry::start_tls_as(&["registry.terraform.io"]).await;
    registry.put("/x", "text/plain", "x");
    let url = format!("https://registry.terraform.io:{}/", registry.port());
    let mut settings = UpstreamSettings::at("registry.terraform.io", url.parse().unwrap());
    settings.ca_pem = registry.ca_pem().map(|pem| pem.as_bytes().to_vec());
    settings.resolve = vec![Ipv4Addr::LOCALHOST.into()];
    let upstream = egress().upstream(&settings).unwrap();
    let document = upstream
        .document(&upstream.url().join("x").unwrap(), limits())
        .await
        .unwrap();
    assert_eq!(&document.body[..], b"x");
    assert_eq!(registry.requests().len(), 1);

    // The override does not open other ports of that name: they are learnt, and the address is inside.
    let other_port = "https://registry.terraform.io/x".parse().unwrap();
    let error = upstream.document(&other_port, limits()).await.unwrap_err();
    assert!(matches!(refusal(error), RefusalReason::NotPublicName(..)));
}

#[tokio::test]
async fn a_proxy_is_asked_instead_of_the_upstream() {
    let proxy = FakeRegistry::start().await;
    proxy.put("/x", "text/plain", "by the proxy");
    let mut settings = UpstreamSettings::at(
        "tf.corp.example",
        "http://tf.corp.example/".parse().unwrap(),
    );
    settings.proxy = Some(proxy.url());
    let upstream = egress().upstream(&settings).unwrap();
    let url = "http://tf.corp.example/x".parse().unwrap();
    let document = upstream.document(&url, limits()).await.unwrap();
    assert_eq!(&document.body[..], b"by the proxy");
    assert_eq!(proxy.requests()[0].header("host"), Some("tf.corp.example"));

    let public = "http://cdn.example/x".parse().unwrap();
    upstream.document(&public, limits()).await.unwrap();
    for inside in [
        "http://10.0.0.1/x",
        "http://vault/x",
        "http://metadata.internal/x",
    ] {
        let error = upstream
            .document(&inside.parse().unwrap(), limits())
            .await
            .unwrap_err();
        refusal(error);
    }
    assert_eq!(proxy.requests().len(), 2);
}

/// Answers CONNECT, and leads every tunnel to one address. Returns its own address.
async fn connect_proxy(target: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            assert!(head.starts_with(b"CONNECT registry.terraform.io:"));
            client
                .write_all(b"HTTP/1.1 200 Connected\r\n\r\n")
                .await
                .unwrap();
            let mut server = TcpStream::connect(&target).await.unwrap();
            tokio::spawn(async move {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn https_goes_through_a_tunnel_of_the_proxy() {
    let registry = FakeRegistry::start_tls_as(&["registry.terraform.io"]).await;
    registry.put("/x", "text/plain", "through the tunnel");
    let proxy = connect_proxy(registry.host()).await;
    let mut settings = UpstreamSettings::new("registry.terraform.io").unwrap();
    settings.ca_pem = registry.ca_pem().map(|pem| pem.as_bytes().to_vec());
    settings.proxy = Some(format!("http://{proxy}").parse().unwrap());
    let upstream = egress().upstream(&settings).unwrap();
    let url = upstream.url().join("x").unwrap();
    let document = upstream.document(&url, limits()).await.unwrap();
    assert_eq!(&document.body[..], b"through the tunnel");
}
