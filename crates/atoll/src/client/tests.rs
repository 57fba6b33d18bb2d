//! The ways to an installation on this machine.

use atoll_server::serve::OwnerSocket;
use atoll_server::{Identity, Server, owner_router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{Client, ClientError};
use crate::cli::{InstallationArgs, Target};
use crate::config::{Environment, load};
use crate::installation::{DataDir, open};

fn installation() -> (TempDir, InstallationArgs) {
    let temporary = tempfile::tempdir().unwrap();
    // Longer than the path of a socket may be.
    let data_dir = temporary.path().join("d".repeat(120));
    (
        temporary,
        InstallationArgs {
            config: None,
            data_dir: Some(data_dir),
        },
    )
}

async fn connect(installation: &InstallationArgs) -> Client {
    let target = Target::Local(installation.overrides());
    Client::connect(target, &Environment::fixed([]))
        .await
        .unwrap()
}

#[tokio::test]
async fn data_that_nobody_serves_is_opened_and_closed_again() {
    let (_temporary, installation) = installation();
    let client = connect(&installation).await;
    assert!(client.server().is_none());
    let body = json!({"name": "me", "scopes": ["admin"]});
    let created: Value = client.post(&["tokens"], &body).await.unwrap();
    let id = created["id"].as_str().unwrap();
    let listed: Value = client.get(&["tokens"], &[]).await.unwrap();
    assert_eq!(listed["tokens"][0]["id"], id);
    client.delete(&["tokens", id]).await.unwrap();
    match client.delete(&["tokens", "a/b"]).await.unwrap_err() {
        ClientError::Refused { status, message } => {
            assert_eq!(status, http::StatusCode::NOT_FOUND);
            assert!(message.contains("a/b"), "{message}");
        }
        other => panic!("{other}"),
    }
    client.close().await;
    let data = DataDir::new(installation.data_dir.as_deref().unwrap());
    assert!(data.try_lock().unwrap().is_some(), "the lock is given back");
    assert!(!data.command_socket().exists());
}

#[tokio::test]
async fn a_server_that_runs_is_asked() {
    let temporary = tempfile::tempdir().unwrap();
    let installation = InstallationArgs {
        config: None,
        data_dir: Some(temporary.path().join("data")),
    };
    let settings = load(&installation.overrides(), &Environment::fixed([])).unwrap();
    let data = DataDir::new(&settings.data_dir);
    let _lock = data.try_lock().unwrap().unwrap();
    let app = open(&settings).await.unwrap();
    let (begun, answered) = tokio::join!(connect(&installation), async {
        // Only now, when the command may be waiting already.
        let owner = OwnerSocket::bind(&data.socket()).unwrap();
        let stop = CancellationToken::new();
        let router = owner_router(Server::new(app.clone(), Identity::default()));
        (tokio::spawn(owner.serve(router, stop.clone())), stop)
    });
    let page: Value = begun.get(&["artifacts"], &[("limit", "1")]).await.unwrap();
    assert_eq!(page, json!({"artifacts": [], "next": null}));
    begun.close().await;
    let (serving, stop) = answered;
    stop.cancel();
    serving.await.unwrap().unwrap();
    app.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://{address}/").parse().unwrap();
    let target = Target::Remote {
        url,
        token: Some("secret".to_owned()),
        ca: None,
    };
    let client = Client::connect(target, &Environment::fixed([]))
        .await
        .unwrap();
    let error = client.get::<Value>(&["tokens"], &[]).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }));
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn an_authority_that_is_none_is_named() {
    let temporary = tempfile::tempdir().unwrap();
    let empty = temporary.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for ca in [empty, temporary.path().join("none.pem")] {
        let url = "https://atoll.example.com/".parse().unwrap();
        let target = Target::Remote {
            url,
            token: None,
            ca: Some(ca.clone()),
        };
        let Err(error) = Client::connect(target, &Environment::fixed([])).await else {
            panic!()
        };
        assert!(
            format!("{error:#}").contains(ca.to_str().unwrap()),
            "{error:#}"
        );
    }
}
