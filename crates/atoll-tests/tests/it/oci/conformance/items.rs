//! Kinds of content, from plain images to what only the specification thinks of.

use atoll_core::digest::Algorithm;
use atoll_core::manifest::media_types::{
    DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::suite::Suite;
use super::{life, uploads};
use crate::oci::content::{
    Blob, Document, IMAGE_CONFIG, LAYER_GZIP, LAYER_TAR, artifact, image, index,
};

/// Something that can be pushed: its blobs, then its manifests, the one that gets the tags last.
pub(super) struct Item {
    pub(super) blobs: Vec<Blob>,
    pub(super) manifests: Vec<Document>,
}

/// Makes an item whose manifests go by digests of an algorithm.
type Make = fn(Algorithm) -> Item;

const ITEMS: [(&str, Make); 25] = [
    ("an image", |a| plain(a, OCI_MANIFEST, LAYER_GZIP)),
    ("an image with uncompressed layers", |a| {
        plain(a, OCI_MANIFEST, LAYER_TAR)
    }),
    ("a Docker image", |a| {
        plain(
            a,
            DOCKER_MANIFEST,
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
        )
    }),
    ("a manifest of 3.9 MB", large),
    ("an index", |a| over(a, OCI_INDEX)),
    ("a Docker list", |a| over(a, DOCKER_LIST)),
    ("a nested index", nested),
    ("an empty index", |a| one(a, &[], OCI_INDEX, &index(&[]))),
    ("an index without a mediaType", |a| {
        one(
            a,
            &[],
            OCI_INDEX,
            &json!({"schemaVersion": 2, "manifests": []}),
        )
    }),
    ("a sparse index", sparse),
    ("an artifact", |a| typed(a, "application/vnd.example.sbom")),
    ("an artifact that is {} all over", hollow),
    ("an index artifact", index_artifact),
    ("an old artifact manifest", old_artifact),
    ("an artifact of its configuration's type", config_type),
    ("an image with data in a descriptor", data_field),
    (
        "an image with layers that may not be handed on",
        nondistributable,
    ),
    ("an image with fields that nobody knows", custom_fields),
    ("an image without layers", |a| no_layers(a, &json!([]))),
    ("an image whose layers are null", |a| {
        no_layers(a, &Value::Null)
    }),
    ("an image with an empty layer", empty_layer),
    ("an image that names a layer twice", twice),
    ("an image over blobs of the other algorithm", mixed),
    ("an image with annotations", annotated),
    ("an image for a platform", with_platform),
];

pub(super) async fn run(suite: &Suite) {
    for (number, (name, make)) in ITEMS.iter().enumerate() {
        let item = make(suite.algorithm);
        life::life(
            suite,
            name,
            &suite.repository(&format!("items/{number}")),
            &item,
        )
        .await;
    }
}

fn one(algorithm: Algorithm, blobs: &[&Blob], media_type: &'static str, value: &Value) -> Item {
    Item {
        blobs: blobs.iter().map(|blob| (*blob).clone()).collect(),
        manifests: vec![Document::new(algorithm, media_type, value)],
    }
}

fn config(algorithm: Algorithm, seed: &str) -> Blob {
    Blob::new(
        algorithm,
        json!({"architecture": "amd64", "os": "linux", "seed": seed}).to_string(),
    )
}

fn plain(algorithm: Algorithm, media_type: &'static str, layer_type: &str) -> Item {
    let (config, first, second) = (
        config(algorithm, layer_type),
        Blob::filled(algorithm, "first", 2000),
        Blob::filled(algorithm, "second", 3000),
    );
    let mut value = image(
        &config,
        &[first.descriptor(layer_type), second.descriptor(layer_type)],
    );
    value["mediaType"] = json!(media_type);
    one(algorithm, &[&config, &first, &second], media_type, &value)
}

fn large(algorithm: Algorithm) -> Item {
    let config = config(algorithm, "large");
    let mut value = image(&config, &[]);
    value["annotations"] = (0..3900)
        .map(|number| (format!("key{number}"), json!("v".repeat(990))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    one(algorithm, &[&config], OCI_MANIFEST, &value)
}

/// An index over two images for two platforms.
fn over(algorithm: Algorithm, media_type: &'static str) -> Item {
    let mut item = Item {
        blobs: Vec::new(),
        manifests: Vec::new(),
    };
    let mut children = Vec::new();
    for arch in ["amd64", "arm64"] {
        let (config, layer) = (config(algorithm, arch), Blob::filled(algorithm, arch, 1000));
        let document = Document::new(
            algorithm,
            OCI_MANIFEST,
            &image(&config, &[layer.descriptor(LAYER_GZIP)]),
        );
        let mut descriptor = document.descriptor();
        descriptor["platform"] =
            json!({"os": "linux", "architecture": arch, "os.features": ["win32k"]});
        children.push(descriptor);
        item.blobs.extend([config, layer]);
        item.manifests.push(document);
    }
    let mut value = index(&children);
    value["mediaType"] = json!(media_type);
    item.manifests
        .push(Document::new(algorithm, media_type, &value));
    item
}

fn nested(algorithm: Algorithm) -> Item {
    let mut item = over(algorithm, OCI_INDEX);
    let inner = item
        .manifests
        .last()
        .expect("an index was made")
        .descriptor();
    item.manifests
        .push(Document::new(algorithm, OCI_INDEX, &index(&[inner])));
    item
}

/// An index whose manifests are not here: what a mirror of some platforms has.
fn sparse(algorithm: Algorithm) -> Item {
    let absent = over(algorithm, OCI_INDEX)
        .manifests
        .pop()
        .expect("an index was made");
    Item {
        blobs: Vec::new(),
        manifests: vec![absent],
    }
}

fn typed(algorithm: Algorithm, artifact_type: &str) -> Item {
    let (empty, layer) = (
        Blob::empty_json(algorithm),
        Blob::filled(algorithm, artifact_type, 700),
    );
    one(
        algorithm,
        &[&empty, &layer],
        OCI_MANIFEST,
        &artifact(
            &empty,
            artifact_type,
            &[layer.descriptor("application/json")],
        ),
    )
}

fn hollow(algorithm: Algorithm) -> Item {
    let empty = Blob::empty_json(algorithm);
    one(
        algorithm,
        &[&empty],
        OCI_MANIFEST,
        &artifact(
            &empty,
            "application/vnd.example.nothing",
            &[empty.descriptor(OCI_EMPTY)],
        ),
    )
}

fn index_artifact(algorithm: Algorithm) -> Item {
    let mut item = over(algorithm, OCI_INDEX);
    let mut value: Value =
        serde_json::from_slice(&item.manifests.pop().expect("an index was made").bytes).unwrap();
    value["artifactType"] = json!("application/vnd.example.set");
    item.manifests
        .push(Document::new(algorithm, OCI_INDEX, &value));
    item
}

fn old_artifact(algorithm: Algorithm) -> Item {
    let blob = Blob::filled(algorithm, "old", 100);
    let value = json!({"mediaType": OCI_ARTIFACT, "artifactType": "application/vnd.example.old", "blobs": [blob.descriptor("text/plain")]});
    one(algorithm, &[&blob], OCI_ARTIFACT, &value)
}

fn config_type(algorithm: Algorithm) -> Item {
    let (config, layer) = (
        config(algorithm, "typed config"),
        Blob::filled(algorithm, "typed config", 100),
    );
    let mut value = image(&config, &[layer.descriptor("text/plain")]);
    value["config"]["mediaType"] = json!("application/vnd.example.config");
    one(algorithm, &[&config, &layer], OCI_MANIFEST, &value)
}

fn data_field(algorithm: Algorithm) -> Item {
    let (config, layer) = (
        config(algorithm, "data"),
        Blob::filled(algorithm, "data", 100),
    );
    let mut value = image(&config, &[layer.descriptor(LAYER_GZIP)]);
    value["config"]["data"] = json!(STANDARD.encode(&config.bytes));
    one(algorithm, &[&config, &layer], OCI_MANIFEST, &value)
}

fn nondistributable(algorithm: Algorithm) -> Item {
    let (config, here) = (
        config(algorithm, "foreign"),
        Blob::filled(algorithm, "here", 100),
    );
    let absent = |media_type: &str| {
        let mut descriptor = Blob::filled(algorithm, media_type, 100).descriptor(media_type);
        descriptor["urls"] = json!(["https://layers.example.com/windows"]);
        descriptor
    };
    let layers = [
        absent("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
        absent("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
        here.descriptor(LAYER_GZIP),
    ];
    one(
        algorithm,
        &[&config, &here],
        OCI_MANIFEST,
        &image(&config, &layers),
    )
}

fn custom_fields(algorithm: Algorithm) -> Item {
    let (config, layer) = (
        config(algorithm, "custom"),
        Blob::filled(algorithm, "custom", 100),
    );
    let mut value = image(&config, &[layer.descriptor(LAYER_GZIP)]);
    value["org.example.extension"] = json!({"numbers": [1, 2.5, 1e300, -0.0], "text": "\u{1F3DD}"});
    value["config"]["org.example.more"] = json!(null);
    value["layers"][0]["org.example.more"] = json!([[[]]]);
    one(algorithm, &[&config, &layer], OCI_MANIFEST, &value)
}

fn no_layers(algorithm: Algorithm, layers: &Value) -> Item {
    let config = config(algorithm, "no layers");
    let mut value = image(&config, &[]);
    value["layers"] = layers.clone();
    one(algorithm, &[&config], OCI_MANIFEST, &value)
}

fn empty_layer(algorithm: Algorithm) -> Item {
    let (config, layer) = (config(algorithm, "empty layer"), Blob::new(algorithm, ""));
    one(
        algorithm,
        &[&config, &layer],
        OCI_MANIFEST,
        &image(&config, &[layer.descriptor(LAYER_TAR)]),
    )
}

fn twice(algorithm: Algorithm) -> Item {
    let (config, layer) = (
        config(algorithm, "twice"),
        Blob::filled(algorithm, "twice", 100),
    );
    let descriptor = layer.descriptor(LAYER_GZIP);
    one(
        algorithm,
        &[&config, &layer],
        OCI_MANIFEST,
        &image(&config, &[descriptor.clone(), descriptor]),
    )
}

fn mixed(algorithm: Algorithm) -> Item {
    let other = uploads::other(algorithm);
    let (config, layer) = (config(other, "mixed"), Blob::filled(other, "mixed", 100));
    one(
        algorithm,
        &[&config, &layer],
        OCI_MANIFEST,
        &image(&config, &[layer.descriptor(LAYER_GZIP)]),
    )
}

fn annotated(algorithm: Algorithm) -> Item {
    let config = config(algorithm, "annotated");
    let mut value = image(&config, &[]);
    value["annotations"] = json!({"org.opencontainers.image.title": "caf\u{e9} \u{1F3DD}", "": ""});
    one(algorithm, &[&config], OCI_MANIFEST, &value)
}

fn with_platform(algorithm: Algorithm) -> Item {
    let config = config(algorithm, "platform");
    let mut value = image(&config, &[]);
    value["config"]["platform"] = json!({"os": "windows", "architecture": "amd64", "os.version": "10.0.17763.1", "variant": null});
    value["config"]["mediaType"] = json!(IMAGE_CONFIG);
    one(algorithm, &[&config], OCI_MANIFEST, &value)
}
