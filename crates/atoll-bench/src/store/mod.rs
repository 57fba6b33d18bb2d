//! Data directories, made without a server.

mod generate;
mod publish;
mod registry_tree;

use std::path::Path;

use anyhow::{Context as _, Result};
use atoll_app::access::NewToken;
use atoll_app::mirror::MirrorLimits;
use atoll_app::{App, AppSettings};
use atoll_db::DatabaseUrl;

pub(crate) use generate::{
    PLATFORMS, Size, generate, image_name, provider_address, write_provider,
};
pub(crate) use publish::{publish_large_module, publish_module_versions, publish_zip};
pub(crate) use registry_tree::{TreeVersion, registry_tree};

/// Opens a data directory as the server does that will run on it.
pub(crate) async fn open(data_dir: &Path) -> Result<App> {
    std::fs::create_dir_all(data_dir)
        .with_context(|| format!("failed to make {}", data_dir.display()))?;
    let settings = AppSettings {
        database: DatabaseUrl::sqlite(&data_dir.join("atoll.db")),
        blobs_dir: data_dir.join("blobs"),
        secret_file: data_dir.join("server.key"),
        own_names: Vec::new(),
        namespaces: Vec::new(),
        upstreams: Vec::new(),
        mirror_limits: MirrorLimits::default(),
    };
    App::open(settings)
        .await
        .with_context(|| format!("failed to open {}", data_dir.display()))
}

/// Makes a token in a data directory that no server runs on, as the value of an `Authorization` header.
pub(crate) async fn bearer(data_dir: &Path, scopes: &str) -> Result<String> {
    let app = open(data_dir).await?;
    let new = NewToken {
        name: "bench".to_owned(),
        scopes: scopes.parse()?,
        expires_at: None,
    };
    let created = app.tokens.create(new).await?;
    app.close().await;
    Ok(format!("Bearer {}", created.secret.expose()))
}
