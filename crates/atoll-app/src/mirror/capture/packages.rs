//! What upstream says about a version, before anything of it is believed.

use std::collections::BTreeMap;

use atoll_core::digest::Digest;
use atoll_core::layout::proof::KeyMaterial;
use atoll_core::platform::Platform;
use atoll_core::release::{Protocol, Protocols};
use atoll_upstream::terraform::{Archive, PackageDoc, PublishedKey};
use bytes::Bytes;
use url::Url;

/// A version as upstream describes it.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    /// Plugin protocol versions.
    pub(super) protocols: Protocols,
    /// Its packages.
    pub(super) packages: Packages,
    /// `SHA256SUMS`, where upstream has one.
    pub(super) sums: Option<Bytes>,
    /// The signature of the sums, where there is one.
    pub(super) signature: Option<Bytes>,
    /// The keys that upstream serves; empty where it signs nothing.
    pub(super) keys: Vec<KeyMaterial>,
}

/// Packages as upstream describes them, by platform.
pub(super) type Packages = BTreeMap<Platform, LearntPackage>;

/// One package as upstream describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LearntPackage {
    /// Where the zip is.
    pub(super) url: Url,
    /// Its name.
    pub(super) file_name: String,
    /// Its digest; none from a mirror that knows only `h1:` hashes.
    pub(super) digest: Option<Digest>,
    /// Its size, where it is known.
    pub(super) size: Option<u64>,
    /// The `h1:` hashes that its contents must have one of, where the digest is not known.
    pub(super) h1: Vec<String>,
}

impl Learnt {
    /// Whether there is a package whose digest and size are known.
    pub(super) fn has_complete(&self) -> bool {
        self.packages.values().any(LearntPackage::is_complete)
    }

    /// Whether there is a package that must be fetched before its digest and size are known.
    pub(super) fn has_open(&self) -> bool {
        !self.packages.values().all(LearntPackage::is_complete)
    }
}

impl LearntPackage {
    /// Whether digest and size are known.
    pub(super) fn is_complete(&self) -> bool {
        self.digest.is_some() && self.size.is_some()
    }

    /// From a registry's document.
    pub(super) fn of_document(doc: &PackageDoc, platform: &Platform) -> Self {
        Self {
            url: doc.download_url.clone(),
            file_name: doc.filename.clone(),
            digest: Some(doc.digest.clone()),
            size: doc.packages.get(platform).and_then(|package| package.size),
            h1: Vec::new(),
        }
    }

    /// From a network mirror's document; none where its `zh:` hashes contradict each other.
    pub(super) fn of_archive(archive: &Archive, file_name: String) -> Option<Self> {
        let mut digests = archive.hashes.iter().filter_map(|hash| {
            let hex = hash.strip_prefix("zh:")?.to_ascii_lowercase();
            format!("sha256:{hex}").parse::<Digest>().ok()
        });
        let digest = digests.next();
        if digests.any(|other| Some(&other) != digest.as_ref()) {
            return None;
        }
        let h1 = archive
            .hashes
            .iter()
            .filter(|hash| hash.starts_with("h1:"))
            .cloned()
            .collect();
        Some(Self {
            url: archive.url.clone(),
            file_name,
            digest,
            size: None,
            h1,
        })
    }
}

/// The protocols that a document names; what registries assume where it names none that clients know.
pub(super) fn protocols_of(texts: &[String]) -> Protocols {
    let mut protocols: Vec<Protocol> = Vec::new();
    for text in texts {
        let text = if text.contains('.') {
            text.clone()
        } else {
            format!("{text}.0")
        };
        if let Ok(protocol) = text.parse()
            && !protocols.contains(&protocol)
        {
            protocols.push(protocol);
        }
    }
    Protocols::try_from(protocols).unwrap_or_default()
}

/// The keys of all documents, each once, in the order that clients try them.
pub(super) fn keys_of<'a>(docs: impl IntoIterator<Item = &'a PackageDoc>) -> Vec<KeyMaterial> {
    let mut keys: Vec<KeyMaterial> = Vec::new();
    for key in docs.into_iter().flat_map(|doc| &doc.keys) {
        let key = key_of(key);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn key_of(key: &PublishedKey) -> KeyMaterial {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    KeyMaterial {
        key_id: key.key_id.clone(),
        ascii_armor: key.ascii_armor.clone(),
        trust_signature: key.trust_signature.clone(),
        source: some(&key.source),
        source_url: some(&key.source_url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn archive(hashes: &[&str]) -> Option<LearntPackage> {
        let url = "https://mirror.example/x.zip".parse().unwrap();
        let archive = Archive {
            url,
            hashes: hashes.iter().map(ToString::to_string).collect(),
        };
        LearntPackage::of_archive(&archive, "x.zip".to_owned())
    }

    #[test]
    fn a_mirrors_hashes_name_a_digest_or_leave_it_open() {
        let zh = format!("zh:{HEX}");
        let known = archive(&[&zh, "h1:abc", &zh]).unwrap();
        assert_eq!(known.digest.unwrap().hex(), HEX);
        let open = archive(&["h1:abc", "h2:def"]).unwrap();
        assert_eq!((open.digest, open.h1), (None, vec!["h1:abc".to_owned()]));
        assert!(archive(&[&zh, &format!("zh:{}", "0".repeat(64))]).is_none());
        assert_eq!(archive(&["zh:short"]).unwrap().digest, None);
    }

    #[test]
    fn protocols_are_cleaned() {
        let protocols = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
            protocols_of(&texts).to_string()
        };
        assert_eq!(protocols(&["6.0", "5", "5.0"]), "6.0,5.0");
        assert_eq!(protocols(&[]), "5.0");
        assert_eq!(protocols(&["x"]), "5.0");
    }
}
