//! Which keys are specified where.

/// What an object here is, by which its keys are specified or not.
#[derive(Clone, Copy)]
pub(super) enum Object {
    Manifest,
    Descriptor,
    Platform,
    /// Annotations, and what nobody specified.
    Free,
}

impl Object {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Manifest => &[
                "schemaVersion",
                "mediaType",
                "artifactType",
                "config",
                "layers",
                "manifests",
                "blobs",
                "subject",
                "annotations",
                "fsLayers",
            ],
            Self::Descriptor => &[
                "mediaType",
                "digest",
                "size",
                "urls",
                "annotations",
                "data",
                "platform",
                "artifactType",
            ],
            Self::Platform => &["architecture", "os", "os.version", "os.features", "variant"],
            Self::Free => &[],
        }
    }

    /// What the value of a key is, or the values of its list.
    pub(super) fn at(self, key: &str) -> Self {
        match (self, key) {
            (Self::Manifest, "config" | "layers" | "manifests" | "blobs" | "subject") => {
                Self::Descriptor
            }
            (Self::Descriptor, "platform") => Self::Platform,
            _ => Self::Free,
        }
    }

    /// The specified key that Go takes this one for.
    pub(super) fn misspelt(self, key: &str) -> Option<&'static str> {
        self.keys()
            .iter()
            .copied()
            .find(|known| *known != key && folds_to(key, known))
    }
}

/// Whether two keys are the same to Go, which folds ASCII and the two other letters that fold to ASCII.
fn folds_to(key: &str, known: &str) -> bool {
    let fold = |char: char| match char {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        char => char.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(known.chars().map(fold))
}
