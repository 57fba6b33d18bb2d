//! Modules in the shape of the public registry's API, for editors and bots.
//!
//! Facts: <https://developer.hashicorp.com/terraform/registry/api-docs>

use atoll_app::modules::{ModuleDetails, ShelvedModule, StoredModule};
use atoll_core::address::ModuleAddr;
use atoll_core::module::describe::{Input, ModuleCall, Output, Part, Provider, Resource};
use serde_json::{Value, json};

/// A version with everything that is known of it.
pub(super) fn details(module: &ModuleAddr, details: &ModuleDetails) -> Value {
    let mut all = summary(module, &details.module);
    let description = details.description.clone().unwrap_or_default();
    let versions: Vec<String> = details.versions.iter().map(ToString::to_string).collect();
    let members = [
        ("root", root(module, &description.root)),
        ("submodules", parts(&description.submodules)),
        ("examples", parts(&description.examples)),
        ("providers", json!([module.system()])),
        ("versions", json!(versions)),
        ("deprecation", deprecation(details)),
    ];
    if let Value::Object(all) = &mut all {
        all.extend(members.map(|(name, value)| (name.to_owned(), value)));
        if let Some(text) = &description.root.description {
            all.insert("description".to_owned(), json!(text));
        }
    }
    all
}

/// A list of modules with their newest releases.
pub(super) fn list(shelf: &[ShelvedModule]) -> Vec<Value> {
    shelf
        .iter()
        .map(|shelved| summary(&shelved.module, &shelved.newest))
        .collect()
}

/// A version, as lists have it.
fn summary(module: &ModuleAddr, stored: &StoredModule) -> Value {
    let version = stored.version.to_string();
    json!({
        "id": format!("{}/{version}", module.path()),
        "owner": "",
        "namespace": module.namespace(),
        "name": module.name(),
        "version": version,
        "provider": module.system(),
        "provider_logo_url": "",
        "description": "",
        "source": stored.source.as_deref().unwrap_or_default(),
        "tag": "",
        "published_at": stored.captured_at.to_rfc3339(),
        "downloads": 0,
        "verified": false,
    })
}

fn deprecation(details: &ModuleDetails) -> Value {
    match &details.notice {
        Some(notice) => {
            json!({"reason": notice.message, "link": "", "successor": notice.successor})
        }
        None => Value::Null,
    }
}

/// The root has no directory to be called by.
fn root(module: &ModuleAddr, root: &Part) -> Value {
    let mut root = part(root);
    if let Some(name) = root.get_mut("name") {
        *name = json!(module.name());
    }
    root
}

fn parts(parts: &[Part]) -> Value {
    parts.iter().map(part).collect()
}

fn part(part: &Part) -> Value {
    json!({
        "path": part.path,
        "name": part.name,
        "readme": part.readme,
        "empty": part.empty,
        "inputs": part.inputs.iter().map(input).collect::<Vec<_>>(),
        "outputs": part.outputs.iter().map(output).collect::<Vec<_>>(),
        "dependencies": part.module_calls.iter().map(dependency).collect::<Vec<_>>(),
        "provider_dependencies": part.providers.iter().map(provider).collect::<Vec<_>>(),
        "resources": part.resources.iter().map(resource).collect::<Vec<_>>(),
    })
}

fn input(input: &Input) -> Value {
    json!({
        "name": input.name,
        "type": input.type_,
        "description": input.description,
        // A text that holds JSON, or an empty one, which stands for `null` as well.
        "default": input.default.as_deref().filter(|text| *text != "null").unwrap_or_default(),
        "required": input.required,
        "sensitive": input.sensitive,
        "nullable": input.nullable,
    })
}

fn output(output: &Output) -> Value {
    json!({"name": output.name, "description": output.description, "sensitive": output.sensitive})
}

fn dependency(call: &ModuleCall) -> Value {
    json!({"name": call.name, "source": call.source, "version": call.version.as_deref().unwrap_or_default()})
}

fn provider(provider: &Provider) -> Value {
    // The namespace of `hashicorp/aws`, and of `registry.example/hashicorp/aws`.
    let namespace = provider.source.rsplit('/').nth(1).unwrap_or_default();
    json!({
        "name": provider.name,
        "namespace": namespace,
        "source": provider.source,
        "version": provider.version.as_deref().unwrap_or_default(),
    })
}

fn resource(resource: &Resource) -> Value {
    json!({"name": resource.name, "type": resource.type_})
}
