//! What a module needs from elsewhere.

use super::call_source::CallSource;
use super::model::{ModuleDescription, Part};

/// Something that comes from outside of the package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// What it is.
    pub what: NeedKind,
    /// Where it is, as the module writes it.
    pub source: String,
    /// The constraint on its version.
    pub version: Option<String>,
    /// The path of the part that needs it, empty for the root: those of examples begin with `examples/`.
    pub from: String,
}

/// What is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedKind {
    /// A provider.
    Provider,
    /// A module, from that kind of place.
    Module(CallSource),
}

impl ModuleDescription {
    /// All parts: the root, the submodules, the examples.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.root)
            .chain(&self.submodules)
            .chain(&self.examples)
    }

    /// What the parts need, sorted, each once: providers, and modules of other packages.
    pub fn needs(&self) -> Vec<Need> {
        let mut needs: Vec<Need> = self.parts().flat_map(Part::needs).collect();
        needs.sort();
        needs.dedup();
        needs
    }
}

impl Part {
    fn needs(&self) -> impl Iterator<Item = Need> {
        let providers = self.providers.iter().map(|provider| Need {
            what: NeedKind::Provider,
            source: provider.source.clone(),
            version: provider.version.clone(),
            from: self.path.clone(),
        });
        let calls = self.module_calls.iter();
        let modules = calls
            .filter(|call| call.kind != CallSource::Local)
            .map(|call| Need {
                what: NeedKind::Module(call.kind.clone()),
                source: call.source.clone(),
                version: call.version.clone(),
                from: self.path.clone(),
            });
        providers.chain(modules)
    }
}
