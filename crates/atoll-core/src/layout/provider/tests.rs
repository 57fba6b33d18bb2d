use proptest::prelude::*;

use super::*;
use crate::digest::{Algorithm, Digest};
use crate::layout::EMPTY_CONFIG;
use crate::manifest::media_types::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST,
};
use crate::manifest::{self, ParsedManifest};
use crate::platform::Platform;
use crate::release::Protocols;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../../testdata/layout/provider/", $name)).trim_end()
    };
}

fn package(platform: &str) -> PlatformPackage {
    let file_name = format!("terraform-provider-example_1.2.3+b1_{platform}.zip");
    PlatformPackage {
        platform: platform.parse().unwrap(),
        digest: Digest::sha256(file_name.as_bytes()),
        size_bytes: 1234,
        file_name,
    }
}

fn built(platforms: &[&str]) -> BuiltVersion {
    let packages: Vec<_> = platforms.iter().map(|platform| package(platform)).collect();
    build(
        &"1.2.3+b1".parse().unwrap(),
        &"5.0,6.0".parse().unwrap(),
        &packages,
    )
}

fn parsed(bytes: &[u8]) -> ParsedManifest {
    manifest::parse(None, bytes).unwrap()
}

/// The index with one text in place of another.
fn changed(from: &str, to: &str) -> ParsedManifest {
    let text = golden!("index.json");
    assert!(text.contains(from), "{from}");
    parsed(text.replacen(from, to, 1).as_bytes())
}

/// A platform's manifest with one text in place of another.
fn changed_platform(from: &str, to: &str) -> ParsedManifest {
    let text = golden!("linux_amd64.json");
    assert!(text.contains(from), "{from}");
    parsed(text.replacen(from, to, 1).as_bytes())
}

/// Whoever changes these bytes changes the address of every provider in every store.
#[test]
fn the_bytes_are_pinned() {
    let version = built(&["linux_amd64", "darwin_arm64"]);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(&version.index.bytes), golden!("index.json"));
    let [(darwin, _), (linux, manifest)] = version.platforms.as_slice() else {
        panic!()
    };
    assert_eq!(
        (darwin.to_string(), linux.to_string()),
        ("darwin_arm64".into(), "linux_amd64".into())
    );
    assert_eq!(text(&manifest.bytes), golden!("linux_amd64.json"));
    assert_eq!(
        manifest.digest.to_string(),
        "sha256:662259d9e0987e3eb0de725d021394d655a19d8c583d5d08a412a9dd91d5918c"
    );
    assert_eq!(
        version.index.digest.to_string(),
        "sha256:52c9e3320ef6e770ea72bf8f171fa5d22988ae086699f289c76426a3faae653d"
    );
    assert_eq!(
        Digest::sha256(EMPTY_CONFIG).hex(),
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    );
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    assert_eq!(
        built(&["linux_amd64", "darwin_arm64"]),
        built(&["darwin_arm64", "linux_amd64"])
    );
}

#[test]
fn what_is_written_reads_back() {
    let version = built(&["linux_amd64", "darwin_arm64", "windows_386"]);
    let index = ProviderIndex::read(&parsed(&version.index.bytes)).unwrap();
    assert_eq!(index.protocols.to_string(), "5.0,6.0");
    for (entry, (platform, manifest)) in index.entries.iter().zip(&version.platforms) {
        assert_eq!(
            (&entry.platform, &entry.digest),
            (platform, &manifest.digest)
        );
        assert_eq!(entry.size_bytes, manifest.bytes.len() as u64);
        let package = package(&platform.to_string());
        let read = PlatformManifest::read(&parsed(&manifest.bytes)).unwrap();
        assert_eq!(
            (read.digest, read.size_bytes, read.file_name),
            (package.digest, 1234, Some(package.file_name))
        );
    }
}

#[test]
fn what_oras_pushes_reads_as_well() {
    let zip = Digest::sha256(b"zip");
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{TARGET_TYPE}",
        "config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{zip}","size":37}},
        "layers":[{{"mediaType":"{ZIP_TYPE}","digest":"{zip}","size":3,"annotations":{{"org.opencontainers.image.title":"p.zip"}}}},
        {{"mediaType":"text/plain","digest":"{zip}","size":3}}],"annotations":{{"org.opencontainers.image.created":"2026-01-01T00:00:00Z"}}}}"#
    );
    let read = PlatformManifest::read(&parsed(manifest.as_bytes())).unwrap();
    assert_eq!(
        (read.digest, read.file_name.as_deref()),
        (zip.clone(), Some("p.zip"))
    );
    let index = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","artifactType":"{PROVIDER_TYPE}",
        "manifests":[{{"mediaType":"{OCI_MANIFEST}","digest":"{zip}","size":600,
        "platform":{{"os":"linux","architecture":"amd64"}},"artifactType":"{TARGET_TYPE}"}}]}}"#
    );
    let read = ProviderIndex::read(&parsed(index.as_bytes())).unwrap();
    assert_eq!(read.protocols, Protocols::default());
    assert_eq!(read.entries[0].platform.to_string(), "linux_amd64");
}

#[test]
fn an_index_that_clients_could_not_use_is_explained() {
    let cases = [
        (
            changed(PROVIDER_TYPE, "application/x"),
            r#"the index has artifactType "application/x""#,
        ),
        (
            changed(&format!(r#""artifactType":"{PROVIDER_TYPE}","#), ""),
            r#"the index has artifactType """#,
        ),
        (changed(OCI_MANIFEST, OCI_INDEX), "has mediaType"),
        (changed(OCI_INDEX, DOCKER_LIST), "is an OCI image index"),
        (
            changed(TARGET_TYPE, "application/y"),
            r#"artifactType "application/y""#,
        ),
        (
            changed(r#","platform":{"architecture":"arm64","os":"darwin"}"#, ""),
            "has no platform",
        ),
        (
            changed(r#""arm64","os":"darwin""#, r#""amd64","os":"linux""#),
            "lists linux_amd64 twice",
        ),
        (
            changed(r#""os":"darwin""#, r#""os":"Darwin""#),
            "is for platform",
        ),
        (
            changed(r#""os":"darwin""#, r#""os":"darwin","variant":"v8""#),
            "is for platform",
        ),
        (
            changed(r#""os":"darwin""#, r#""os":"darwin","os.version":"10""#),
            "is for platform",
        ),
        (changed("5.0,6.0", "five"), "no list of protocol versions"),
    ];
    for (index, expected) in cases {
        let error = ProviderIndex::read(&index).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let empty = format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI_INDEX}","artifactType":"{PROVIDER_TYPE}","manifests":[]}}"#
    );
    assert_eq!(
        ProviderIndex::read(&parsed(empty.as_bytes())),
        Err(ProviderIndexError::Empty)
    );
    let manifest = parsed(golden!("linux_amd64.json").as_bytes());
    assert_eq!(
        ProviderIndex::read(&manifest),
        Err(ProviderIndexError::NotAnIndex)
    );
}

#[test]
fn a_manifest_that_clients_could_not_use_is_explained() {
    let zip = package("linux_amd64").digest;
    let long = Digest::of(Algorithm::Sha512, b"");
    let twice = r#""layers":[{"mediaType":"archive/zip","digest":"DIGEST","size":1},"#
        .replace("DIGEST", zip.as_str());
    let cases = [
        (
            changed_platform(OCI_MANIFEST, DOCKER_MANIFEST),
            "is an OCI image manifest",
        ),
        (
            changed_platform(TARGET_TYPE, PROVIDER_TYPE),
            "the manifest has artifactType",
        ),
        (
            changed_platform(ZIP_TYPE, "application/zip"),
            "has 0 layers of type",
        ),
        (
            changed_platform(r#""layers":["#, &twice),
            "has 2 layers of type",
        ),
        (
            changed_platform(zip.as_str(), long.as_str()),
            "SHA-256 digests alone",
        ),
    ];
    for (manifest, expected) in cases {
        let error = PlatformManifest::read(&manifest).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let index = parsed(golden!("index.json").as_bytes());
    assert_eq!(
        PlatformManifest::read(&index),
        Err(PlatformManifestError::NotAManifest)
    );
    assert!(
        changed_platform(OCI_EMPTY, "application/x")
            .config
            .is_some()
    );
}

proptest! {
    #[test]
    fn every_version_reads_back(platforms in prop::collection::btree_set("[a-z0-9]{1,9}_[a-z0-9]{1,9}", 1..12)) {
        let platforms: Vec<_> = platforms.iter().map(String::as_str).collect();
        let version = built(&platforms);
        let index = ProviderIndex::read(&parsed(&version.index.bytes)).unwrap();
        let read: Vec<&Platform> = index.entries.iter().map(|entry| &entry.platform).collect();
        let written: Vec<&Platform> = version.platforms.iter().map(|(platform, _)| platform).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn damaged_documents_never_panic(at in 0usize..900, byte in 32u8..127) {
        for text in [golden!("index.json"), golden!("linux_amd64.json")] {
            let mut bytes = text.as_bytes().to_vec();
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
            if let Ok(parsed) = manifest::parse(None, &bytes) {
                let _ = ProviderIndex::read(&parsed);
                let _ = PlatformManifest::read(&parsed);
            }
        }
    }
}
