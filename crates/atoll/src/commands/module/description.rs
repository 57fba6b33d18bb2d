//! What the server says of a module, read leniently: a newer server says more, and says it of what it knows.

use serde::Deserialize;
use serde_json::Value;

/// A module at one of its versions.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Module {
    pub(super) address: String,
    pub(super) version: String,
    pub(super) versions: Vec<String>,
    pub(super) origin: Value,
    pub(super) source: Option<Source>,
    pub(super) captured_at: Value,
    pub(super) size_bytes: u64,
    pub(super) digest: String,
    pub(super) subdir: String,
    pub(super) deprecation: Option<Deprecation>,
    pub(super) needs: Vec<Need>,
    pub(super) description: Option<Description>,
}

/// Where upstream had it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Source {
    pub(super) address: String,
    pub(super) commit: String,
}

/// Why not to use it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Deprecation {
    pub(super) message: String,
    pub(super) successor: String,
}

/// Something it takes from elsewhere.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Need {
    pub(super) kind: String,
    pub(super) source: String,
    pub(super) version: String,
    pub(super) from: String,
}

/// What its files say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Description {
    pub(super) root: Directory,
    pub(super) submodules: Vec<Directory>,
    pub(super) examples: Vec<Directory>,
}

/// What the files of one directory say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Directory {
    pub(super) path: String,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    pub(super) providers: Vec<Provider>,
    pub(super) required_core: Vec<String>,
    pub(super) resources: Vec<Value>,
}

/// A variable.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) type_: Value,
    pub(super) description: String,
    pub(super) default: Value,
    pub(super) required: bool,
    pub(super) sensitive: bool,
}

/// An output.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) sensitive: bool,
}

/// A provider that is required.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Provider {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) version: Value,
}

/// Takes out what is `null`, which means the same as what is not there.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name, without_nulls(member)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
