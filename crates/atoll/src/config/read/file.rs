//! A whole file.

use atoll_core::address::{Hostname, ModuleAddr, ModuleAddrError};

use super::super::draft::Draft;
use super::super::env::Environment;
use super::super::error::ConfigErrors;
use super::super::settings::MetricsSettings;
use super::super::syntax::{Block, BlockRule, Label, Reader, Schema, SourceText};
use super::server::{SERVER, server};
use super::upstream::upstreams;
use super::{database_url, listen, log_format, log_level};

const FILE: Schema = Schema {
    title: "the configuration",
    keys: &["data_dir", "offline", "secret_file"],
    blocks: &[
        BlockRule {
            name: "server",
            labels: &[],
        },
        BlockRule {
            name: "metrics",
            labels: &[],
        },
        BlockRule {
            name: "database",
            labels: &[],
        },
        BlockRule {
            name: "log",
            labels: &[],
        },
        BlockRule {
            name: "upstream",
            labels: &["KIND", "HOST"],
        },
        BlockRule {
            name: "namespace",
            labels: &["NAME"],
        },
    ],
    later: &["storage", "provider_mirror"],
};

const METRICS: Schema = Schema {
    title: "`metrics`",
    keys: &["enabled", "listen"],
    blocks: &[],
    later: &[],
};
const DATABASE: Schema = Schema {
    title: "`database`",
    keys: &["url"],
    blocks: &[],
    later: &[],
};
const LOG: Schema = Schema {
    title: "`log`",
    keys: &["format", "level"],
    blocks: &[],
    later: &[],
};
const NAMESPACE: Schema = Schema {
    title: "`namespace`",
    keys: &[],
    blocks: &[],
    later: &["require_proof"],
};

/// Reads a file, or says everything that is wrong with it.
pub(in crate::config) fn read(
    source: &SourceText,
    environment: &Environment,
) -> Result<Draft, ConfigErrors> {
    let reader = Reader::new(source, environment);
    let body = reader.parse()?;
    let draft = {
        let file = Block::open(&reader, &body, 0..0, &FILE);
        let log = file.block("log", &LOG);
        Draft {
            data_dir: file.path("data_dir"),
            offline: file.boolean("offline"),
            secret_file: file.path("secret_file"),
            server: file
                .block("server", &SERVER)
                .map(|block| server(&block))
                .unwrap_or_default(),
            metrics: file.block("metrics", &METRICS).map(|block| metrics(&block)),
            database: file
                .block("database", &DATABASE)
                .and_then(|block| block.text("url", database_url)),
            log_format: log
                .as_ref()
                .and_then(|block| block.text("format", log_format)),
            log_level: log
                .as_ref()
                .and_then(|block| block.text("level", log_level)),
            upstreams: upstreams(&file),
            namespaces: namespaces(&file),
        }
    };
    reader.finish()?;
    Ok(draft)
}

fn metrics(block: &Block<'_, '_>) -> MetricsSettings {
    let is_enabled = block.boolean("enabled").unwrap_or(true);
    match (block.text("listen", listen), block.key_span("listen")) {
        (_, Some(span)) if !is_enabled => {
            let message = "an address has no use while `enabled = false`";
            block.reader.report(&span, message);
            MetricsSettings::Off
        }
        _ if !is_enabled => MetricsSettings::Off,
        (Some(address), _) => MetricsSettings::At(address),
        (None, _) => MetricsSettings::Usual,
    }
}

fn namespaces(file: &Block<'_, '_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (labels, block) in file.blocks("namespace", &NAMESPACE) {
        let Some(Label { text, span }) = labels.into_iter().next() else {
            continue;
        };
        // Modules have every namespace that providers can have, and more; the rest is only there to make an address.
        let namespace = match ModuleAddr::new(Hostname::self_(), &text, "any", "any") {
            Ok(address) => address.namespace().to_ascii_lowercase(),
            Err(error) => {
                block.reader.report(&span, no_namespace(&error));
                continue;
            }
        };
        if found.contains(&namespace) {
            let message = format!("the namespace {namespace:?} is there twice");
            block.reader.report(&span, message);
        } else {
            found.push(namespace);
        }
    }
    found
}

/// A namespace is both kinds' of artifacts.
fn no_namespace(error: &ModuleAddrError) -> String {
    match error {
        ModuleAddrError::Name { given, rule, .. } => {
            format!("{given:?} is not a namespace: {rule}")
        }
        error => error.to_string(),
    }
}
