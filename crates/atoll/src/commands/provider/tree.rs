//! A tree of other hosts' providers: `HOST/NAMESPACE/TYPE/terraform-provider-TYPE_VERSION_OS_ARCH.zip`, as
//! `terraform providers mirror` writes it, with `VERSION.json` or without.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use atoll_core::address::Hostname;
use atoll_core::platform::Platform;
use atoll_core::release::{Release, parse_zip_name};
use atoll_core::version::Version;
use serde::Deserialize;

use super::release_files::{file_names, has_extension};
use crate::commands::upload::SourceFile;

/// The longest `VERSION.json`, in bytes.
const DOCUMENT_BYTES_MAX: u64 = 1 << 20;

/// What is in a tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The versions that can be taken over.
    pub(super) versions: Vec<TreeVersion>,
    /// What can't be, and why.
    pub(super) problems: Vec<String>,
}

/// One version of a provider in a tree.
#[derive(Debug)]
pub(super) struct TreeVersion {
    pub(super) hostname: String,
    pub(super) namespace: String,
    pub(super) type_name: String,
    pub(super) version: Version,
    pub(super) zips: BTreeMap<Platform, SourceFile>,
    /// What `VERSION.json` says of them.
    pub(super) hashes: BTreeMap<String, Vec<String>>,
}

/// Spec: <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol#list-available-installation-packages>
#[derive(Deserialize)]
struct VersionDocument {
    archives: BTreeMap<String, Archive>,
}

#[derive(Deserialize)]
struct Archive {
    url: String,
    #[serde(default)]
    hashes: Vec<String>,
}

impl VersionDocument {
    fn names(&self, file_name: &str) -> bool {
        self.archives
            .values()
            .any(|archive| archive.url == file_name)
    }
}

/// The address that a directory stands for.
#[derive(Clone, Copy)]
struct Place<'a> {
    hostname: &'a str,
    namespace: &'a str,
    type_name: &'a str,
}

impl TreeVersion {
    /// The version as people name it.
    pub(super) fn name(&self) -> String {
        format!(
            "{}/{}/{} {}",
            self.hostname, self.namespace, self.type_name, self.version
        )
    }
}

impl Tree {
    /// Walks a tree.
    pub(super) fn walk(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        for hostname in directories(root)? {
            if hostname.parse::<Hostname>().is_err() || !looks_like_host(&hostname) {
                tree.problems.push(format!(
                    "{}: the tree's first level is hosts, and this is none",
                    root.join(&hostname).display()
                ));
                continue;
            }
            for namespace in directories(&root.join(&hostname))? {
                for type_name in directories(&root.join(&hostname).join(&namespace))? {
                    let place = Place {
                        hostname: &hostname,
                        namespace: &namespace,
                        type_name: &type_name,
                    };
                    tree.read(
                        &root.join(&hostname).join(&namespace).join(&type_name),
                        place,
                    )?;
                }
            }
        }
        Ok(tree)
    }

    fn read(&mut self, directory: &Path, place: Place<'_>) -> anyhow::Result<()> {
        let names = file_names(directory)?;
        let documents = self.documents(directory, &names);
        let explained = |name: &String| documents.iter().any(|(_, document)| document.names(name));
        let mut versions: BTreeMap<Version, TreeVersion> = BTreeMap::new();
        for name in &names {
            let path = directory.join(name);
            if has_extension(name, "zip") && (parse_zip_name(name).is_ok() || !explained(name)) {
                self.add_zip(path, name, place, &mut versions);
            } else if path.is_dir() && name.parse::<Version>().is_ok() {
                self.problems.push(format!(
                    "{}: unpacked packages can't be taken over, as their zips can't be made again",
                    path.display()
                ));
            }
        }
        for (version, document) in &documents {
            let found = versions
                .entry(version.clone())
                .or_insert_with(|| place.version(version.clone()));
            self.add_document(directory, document, found)?;
        }
        self.versions.extend(
            versions
                .into_values()
                .filter(|version| !version.zips.is_empty()),
        );
        Ok(())
    }

    fn documents(&mut self, directory: &Path, names: &[String]) -> Vec<(Version, VersionDocument)> {
        let mut documents = Vec::new();
        for name in names {
            let Some(version) = name
                .strip_suffix(".json")
                .and_then(|stem| stem.parse::<Version>().ok())
            else {
                continue;
            };
            match document(&directory.join(name)) {
                Ok(document) => documents.push((version, document)),
                Err(error) => self.problems.push(format!("{error:#}")),
            }
        }
        documents
    }

    fn add_zip(
        &mut self,
        path: PathBuf,
        name: &str,
        place: Place<'_>,
        versions: &mut BTreeMap<Version, TreeVersion>,
    ) {
        match parse_zip_name(name) {
            Ok((type_name, version, platform)) if type_name == place.type_name => {
                match SourceFile::at(path, name.to_owned()) {
                    Ok(file) => {
                        versions
                            .entry(version.clone())
                            .or_insert_with(|| place.version(version))
                            .zips
                            .insert(platform, file);
                    }
                    Err(error) => self.problems.push(format!("{error:#}")),
                }
            }
            Ok((type_name, ..)) => self.problems.push(format!(
                "{}: it is a provider {type_name}, in the directory of another",
                path.display()
            )),
            Err(error) => self.problems.push(format!("{}: {error}", path.display())),
        }
    }

    /// Takes over hashes, and zips that are called something else.
    fn add_document(
        &mut self,
        directory: &Path,
        document: &VersionDocument,
        found: &mut TreeVersion,
    ) -> anyhow::Result<()> {
        for (platform_text, archive) in &document.archives {
            let name = found.name();
            let Ok(platform) = platform_text.parse::<Platform>() else {
                self.problems
                    .push(format!("{name}: {platform_text:?} is no platform"));
                continue;
            };
            if !found.zips.contains_key(&platform) {
                // Only what lies in the same directory is part of the tree.
                let is_here =
                    !archive.url.contains(['/', '\\']) && directory.join(&archive.url).is_file();
                if !is_here {
                    self.problems.push(format!(
                        "{name}: {} for {platform} is not in the tree",
                        archive.url
                    ));
                    continue;
                }
                let sent_as = Release {
                    type_: &found.type_name,
                    version: &found.version,
                }
                .zip_name(&platform);
                found.zips.insert(
                    platform,
                    SourceFile::at(directory.join(&archive.url), sent_as)?,
                );
            }
            found
                .hashes
                .insert(platform_text.clone(), archive.hashes.clone());
        }
        Ok(())
    }
}

impl Place<'_> {
    fn version(self, version: Version) -> TreeVersion {
        TreeVersion {
            hostname: self.hostname.to_owned(),
            namespace: self.namespace.to_owned(),
            type_name: self.type_name.to_owned(),
            version,
            zips: BTreeMap::new(),
            hashes: BTreeMap::new(),
        }
    }
}

/// A name with a dot or a port, or `localhost`: `acme` is more likely a namespace in a tree that was entered too deep.
fn looks_like_host(name: &str) -> bool {
    name.contains(['.', ':']) || name == "localhost"
}

fn directories(path: &Path) -> anyhow::Result<Vec<String>> {
    let is_tree = |name: &String| !name.starts_with('.') && path.join(name).is_dir();
    Ok(file_names(path)?.into_iter().filter(is_tree).collect())
}

fn document(path: &Path) -> anyhow::Result<VersionDocument> {
    let failed = || format!("failed to read {}", path.display());
    let mut text = String::new();
    let file = std::fs::File::open(path).with_context(failed)?;
    file.take(DOCUMENT_BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(failed)?;
    serde_json::from_str(&text).with_context(failed)
}
