//! The providers of a part.

use std::collections::BTreeMap;

use super::super::expression::Expression;
use super::super::model::Provider;
use super::super::syntax::{Attribute, Block};

/// The provider that is a part of the programs: nobody fetches it.
const BUILT_IN: &str = "terraform";

/// Its address, where a module declares it.
const BUILT_IN_SOURCE: &str = "terraform.io/builtin/terraform";

/// The namespace of providers that nothing says more of.
const DEFAULT_NAMESPACE: &str = "hashicorp";

/// The providers of a part, by local name.
#[derive(Default)]
pub(super) struct Providers(BTreeMap<String, Provider>);

impl Providers {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those of a `required_providers` block. The last word on a name counts.
    pub(super) fn require(&mut self, block: &Block<'_>) {
        for attribute in &block.attributes {
            let provider = required(attribute);
            self.0.insert(provider.name.clone(), provider);
        }
    }

    /// That of a `provider` block, which says a version in older modules.
    pub(super) fn configure(&mut self, block: &Block<'_>) {
        let Some(name) = block.labels.first() else {
            return;
        };
        let version = block.get("version").and_then(Expression::text);
        let provider = self.imply(name);
        if let Some(provider) = provider.filter(|provider| provider.version.is_none()) {
            provider.version = version;
        }
    }

    /// That of a resource: what its `provider` says, or its type begins with.
    pub(super) fn imply_by_type(&mut self, block: &Block<'_>) {
        let said = block.get("provider").map(Expression::text_or_source);
        let type_ = block.labels.first().map(AsRef::as_ref);
        let name = match &said {
            Some(said) => said.split('.').next(),
            None => type_.and_then(|type_| type_.split('_').next()),
        };
        if let Some(name) = name {
            self.imply(name);
        }
    }

    pub(super) fn finish(mut self) -> Vec<Provider> {
        self.0.retain(|_, provider| {
            let is_built_in = (provider.implied && provider.name == BUILT_IN)
                || provider.source == BUILT_IN_SOURCE;
            !is_built_in
        });
        self.0.into_values().collect()
    }

    fn imply(&mut self, name: &str) -> Option<&mut Provider> {
        if name.is_empty() {
            return None;
        }
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), implied(name));
        }
        self.0.get_mut(name)
    }
}

fn implied(name: &str) -> Provider {
    Provider {
        name: name.to_owned(),
        source: default_source(name),
        implied: true,
        ..Provider::default()
    }
}

/// `aws = { source = "hashicorp/aws", version = ">= 5" }`, or `aws = ">= 5"` in older modules.
fn required(attribute: &Attribute<'_>) -> Provider {
    let name = attribute.name.as_ref();
    let mut provider = Provider {
        name: name.to_owned(),
        source: default_source(name),
        version: attribute.value.text(),
        ..Provider::default()
    };
    for member in attribute.value.members() {
        match member.name.as_ref() {
            "source" => provider.source = member.value.text_or_source(),
            "version" => provider.version = Some(member.value.text_or_source()),
            "configuration_aliases" => provider.configuration_aliases = member.value.elements(),
            _ => {}
        }
    }
    provider
}

fn default_source(name: &str) -> String {
    format!("{DEFAULT_NAMESPACE}/{name}")
}
