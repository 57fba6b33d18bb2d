//! What is known of a module.

use serde::{Deserialize, Serialize};

use super::call_source::CallSource;

/// The version of the stored form of a [`ModuleDescription`], and of the rules it was read by: what was stored under
/// another one is read again.
pub const FORMAT_VERSION: u32 = 1;

/// How many submodules and examples are described; of each, those that come first by path.
pub const PARTS_MAX: usize = 250;

/// How many inputs, outputs, resources, calls and providers a part may declare. The largest have a few hundred.
pub const FACTS_MAX: usize = 5_000;

/// How many problems of a part are reported.
pub const DIAGNOSTICS_MAX: usize = 50;

/// The longest text of a type, a default, a description and the like, in bytes; longer ones are cut.
pub const TEXT_BYTES_MAX: usize = 64 << 10;

/// What a module declares: itself, the modules inside it, and its examples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct ModuleDescription {
    /// The module.
    pub root: Part,
    /// The directories below `modules/` that have configuration in them, sorted by path.
    pub submodules: Vec<Part>,
    /// The outermost directories below `examples/` that have configuration in them, sorted by path.
    pub examples: Vec<Part>,
}

/// One directory with configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Part {
    /// Where it is, from the module's root: empty for the root itself.
    pub path: String,
    /// The last component of the path.
    pub name: String,
    /// The text of its README.
    pub readme: String,
    /// It has no configuration at all.
    pub empty: bool,
    /// What it is for, in a sentence or two of its README.
    pub description: Option<String>,
    /// Variables, in the order of declaration.
    pub inputs: Vec<Input>,
    /// Outputs, in the order of declaration.
    pub outputs: Vec<Output>,
    /// Constraints on the version of Terraform or OpenTofu; all must hold.
    pub required_core: Vec<String>,
    /// Providers, required or implied, sorted by local name.
    pub providers: Vec<Provider>,
    /// Resources of all modes, in the order of declaration.
    pub resources: Vec<Resource>,
    /// Calls of other modules, in the order of declaration.
    pub module_calls: Vec<ModuleCall>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// A variable.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an argument that the language has"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The source text of its type, empty where none is declared.
    #[serde(rename = "type")]
    pub type_: String,
    /// What it is for, or empty.
    pub description: String,
    /// Always a JSON text: the value where it is a constant, else the source text of the expression as a string.
    pub default: Option<String>,
    /// There is no default.
    pub required: bool,
    /// Its value is not to be shown.
    pub sensitive: bool,
    /// It may be null. That is so unless the module says otherwise.
    pub nullable: bool,
    /// Its value is not stored.
    pub ephemeral: bool,
    /// What to use instead (OpenTofu).
    pub deprecated: Option<String>,
    /// What its value must meet.
    pub validations: Vec<Validation>,
}

/// A rule that an input must meet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Validation {
    /// The source text of the condition.
    pub condition: String,
    /// What is said where it isn't met: the text, or the source text of an expression.
    pub error_message: String,
}

/// An output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// What it is, or empty.
    pub description: String,
    /// Its value is not to be shown.
    pub sensitive: bool,
}

/// A provider that the part needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Provider {
    /// Its local name.
    pub name: String,
    /// Its address, `hashicorp/<name>` where none is declared.
    pub source: String,
    /// The constraint on its version.
    pub version: Option<String>,
    /// Configurations that the caller must pass, such as `aws.replica`.
    pub configuration_aliases: Vec<String>,
    /// Nothing requires it by name: a resource's type or a `provider` block implies it.
    pub implied: bool,
}

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Resource {
    /// How it is used.
    pub mode: ResourceMode,
    /// Its type, such as `aws_instance`.
    #[serde(rename = "type")]
    pub type_: String,
    /// Its name.
    pub name: String,
}

/// How a resource is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ResourceMode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

/// A call of another module.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct ModuleCall {
    /// The name of the call.
    pub name: String,
    /// Where the module is: the text, or the source text of an expression (OpenTofu).
    pub source: String,
    /// The constraint on its version.
    pub version: Option<String>,
    /// What kind of place the source is.
    pub kind: CallSource,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Diagnostic {
    /// The file, from the module's root.
    pub file: String,
    /// The line, from 1.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}
