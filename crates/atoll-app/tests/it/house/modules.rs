//! Modules: published, captured, and their rows.

use atoll_app::modules::{NewModule, PublishedModule};
use atoll_app::registry::Received;
use atoll_core::address::ModuleAddr;
use atoll_db::modules::ModuleVersion;
use atoll_db::{modules, tags};
use atoll_testkit::zips;
use futures_util::stream;

use super::{House, UPSTREAM, client, id_of, long_ago};

impl House {
    /// Publishes a module, with one file of this content.
    pub(crate) async fn publish_module(
        &self,
        module: &str,
        version: &str,
        content: &str,
    ) -> PublishedModule {
        let new = self.new_module(module, version, content).await;
        self.modules.publish(new).await.unwrap()
    }

    /// A module that can be published, with one file of this content.
    pub(crate) async fn new_module(&self, module: &str, version: &str, content: &str) -> NewModule {
        let archive = zips::ZipBuilder::new().file("main.tf", 0o644, content);
        let body = Received {
            range: None,
            length: None,
            stream: Box::pin(stream::iter([Ok(archive.build())])),
        };
        NewModule {
            module: format!("self/{module}").parse().unwrap(),
            version: version.parse().unwrap(),
            archive: self.modules.receive(module, body).await.unwrap(),
        }
    }

    /// Captures a version of a module of the fake upstream, which has one file.
    pub(crate) async fn capture_module(&self, module: &str, version: &str, content: &str) {
        let archive = zips::ZipBuilder::new().file("main.tf", 0o644, content);
        let base = format!("/v1/modules/{module}");
        let file = format!("{base}/{version}/package.zip");
        self.upstream.put(&file, "application/zip", archive.build());
        let answer = serde_json::json!({"location": "./package.zip"});
        let download = format!("{base}/{version}/download");
        self.upstream.put_json(&download, &answer);
        let module: ModuleAddr = format!("{UPSTREAM}/{module}").parse().unwrap();
        self.modules
            .version(&module, &version.parse().unwrap(), &client())
            .await
            .unwrap();
    }

    /// The rows of all versions of a module.
    pub(crate) async fn module_rows(&self, repository: &str) -> Vec<ModuleVersion> {
        let mut read = self.db.read().await.unwrap();
        let id = id_of(&mut read, repository).await;
        let held = modules::versions(&mut read, id).await.unwrap();
        held.into_iter().map(|held| held.version).collect()
    }

    /// Writes the row of a version, whatever the store says.
    pub(crate) async fn write_module_row(&self, repository: &str, row: &ModuleVersion) {
        let mut tx = self.db.begin("test").await.unwrap();
        let id = id_of(&mut tx, repository).await;
        modules::put(&mut tx, id, row).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Loses the row of a version: it goes with its tag, and the tag comes back alone.
    pub(crate) async fn lose_module_row(&self, repository: &str, tag: &str) {
        let tag = tag.parse().unwrap();
        let mut tx = self.db.begin("test").await.unwrap();
        let id = id_of(&mut tx, repository).await;
        let digest = tags::find(&mut tx, id, &tag).await.unwrap().unwrap();
        tags::delete(&mut tx, id, &tag).await.unwrap();
        tags::point(&mut tx, id, &tag, &digest, long_ago())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}
