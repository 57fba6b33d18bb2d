//! `atoll module show`

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use atoll_core::version::Version;
use indicatif::HumanBytes;
use serde_json::Value;

use super::address::Address;
use super::description::{Description, Directory, Module, without_nulls};
use crate::cli::ModuleShowArgs;
use crate::commands::table::{Table, shown};
use crate::commands::with_client;
use crate::config::Environment;
use crate::output;

/// How many versions are named.
const VERSIONS_SHOWN: usize = 10;
/// How much of a text is shown in a table, in characters.
const CELL_CHARS: usize = 72;

/// Shows a module.
pub(super) async fn run(
    args: &ModuleShowArgs,
    environment: &Environment,
) -> anyhow::Result<ExitCode> {
    let address = Address::parse(&args.address)?;
    let version = args.version.as_ref().map(Version::to_string);
    let answer: Value = with_client(&args.target, environment, async |client| {
        let address = address.at(client.server());
        Ok(client.get(&address.path(version.as_deref()), &[]).await?)
    })
    .await?;
    if args.json {
        output::json(&answer)?;
    } else {
        output::raw(render(answer)?.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The answer for people.
pub(super) fn render(answer: Value) -> anyhow::Result<String> {
    let module: Module = serde_json::from_value(without_nulls(answer))
        .context("the server's answer can't be read")?;
    let mut out = String::new();
    head(&mut out, &module);
    if let Some(description) = &module.description {
        describe(&mut out, description);
    }
    if !module.needs.is_empty() {
        out.push('\n');
    }
    for need in &module.needs {
        let mut line = format!("needs: {} {}", need.kind, need.source);
        if !need.version.is_empty() {
            line = format!("{line} {}", need.version);
        }
        if !need.from.is_empty() {
            line = format!("{line} (from {})", need.from);
        }
        put(&mut out, &line);
    }
    Ok(out)
}

fn head(out: &mut String, module: &Module) {
    put(out, &format!("{} {}", module.address, module.version));
    let mut fact = |name: &str, text: &str| {
        if !text.is_empty() {
            put(out, &format!("  {name:<11}{text}"));
        }
    };
    if let Some(deprecation) = &module.deprecation {
        let mut text = deprecation.message.clone();
        if !deprecation.successor.is_empty() {
            text = format!("{text} (use {} instead)", deprecation.successor);
        }
        fact("deprecated", text.trim_start());
    }
    let named: Vec<&str> = module
        .versions
        .iter()
        .take(VERSIONS_SHOWN)
        .map(String::as_str)
        .collect();
    let versions = match module.versions.len() - named.len() {
        0 => named.join(", "),
        more => format!("{}, and {more} more", named.join(", ")),
    };
    fact("versions", &versions);
    fact("origin", &words(&module.origin));
    if let Some(source) = &module.source {
        let commit = match source.commit.as_str() {
            "" => String::new(),
            commit => format!(" at {commit}"),
        };
        fact("source", &format!("{}{commit}", source.address));
    }
    fact("captured", &words(&module.captured_at));
    fact("subdir", &module.subdir);
    if module.size_bytes > 0 {
        fact("size", &HumanBytes(module.size_bytes).to_string());
    }
    fact("digest", &module.digest);
}

fn describe(out: &mut String, description: &Description) {
    let root = &description.root;
    let providers: Vec<String> = root
        .providers
        .iter()
        .map(|provider| {
            let source = if provider.source.is_empty() {
                &provider.name
            } else {
                &provider.source
            };
            format!("{source} {}", words(&provider.version))
                .trim_end()
                .to_owned()
        })
        .collect();
    for (name, items) in [("core", &root.required_core), ("providers", &providers)] {
        if !items.is_empty() {
            put(out, &format!("  {name:<11}{}", items.join(", ")));
        }
    }
    if !root.resources.is_empty() {
        put(
            out,
            &format!("  {:<11}{}", "resources", root.resources.len()),
        );
    }
    inputs(out, root);
    outputs(out, root);
    for (title, directories) in [
        ("submodules", &description.submodules),
        ("examples", &description.examples),
    ] {
        if directories.is_empty() {
            continue;
        }
        let mut table = Table::new(["PATH", "INPUTS", "OUTPUTS"]);
        for directory in directories {
            let counts = [directory.inputs.len(), directory.outputs.len()];
            let [inputs, outputs] = counts.map(|count| count.to_string());
            table.row([directory.path.clone(), inputs, outputs]);
        }
        section(out, title, &table.render());
    }
}

fn inputs(out: &mut String, root: &Directory) {
    if root.inputs.is_empty() {
        return;
    }
    let mut table = Table::new(["NAME", "TYPE", "DEFAULT", "DESCRIPTION"]);
    for input in &root.inputs {
        let default = match &input.default {
            _ if input.required => "(required)".to_owned(),
            Value::Null => "null".to_owned(),
            // It is JSON already.
            Value::String(default) => default.clone(),
            default => default.to_string(),
        };
        let secret = if input.sensitive { " (sensitive)" } else { "" };
        table.row([
            input.name.clone(),
            cell(&words(&input.type_)),
            cell(&default),
            format!("{}{secret}", cell(&input.description))
                .trim_start()
                .to_owned(),
        ]);
    }
    section(out, "inputs", &table.render());
}

fn outputs(out: &mut String, root: &Directory) {
    if root.outputs.is_empty() {
        return;
    }
    let mut table = Table::new(["NAME", "DESCRIPTION"]);
    for output in &root.outputs {
        let secret = if output.sensitive { " (sensitive)" } else { "" };
        table.row([
            output.name.clone(),
            format!("{}{secret}", cell(&output.description))
                .trim_start()
                .to_owned(),
        ]);
    }
    section(out, "outputs", &table.render());
}

fn section(out: &mut String, title: &str, table: &str) {
    // Writing to a string can't fail.
    let _ = writeln!(out, "\n{title}");
    for line in table.lines() {
        let _ = writeln!(out, "  {line}");
    }
}

fn put(out: &mut String, line: &str) {
    let _ = writeln!(out, "{}", shown(line));
}

/// A text in one line that is not too long.
fn cell(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= CELL_CHARS {
        return line;
    }
    let cut: String = line.chars().take(CELL_CHARS).collect();
    format!("{cut}…")
}

/// A value as its text, or as JSON where it is none.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
