//! The blocks `server` and `tls`.

use atoll_core::address::Hostname;

use super::super::draft::{ServerDraft, ServerPlaces};
use super::super::settings::TlsSettings;
use super::super::syntax::{Block, BlockRule, Schema};
use super::super::units;
use super::{listen, public_url};

pub(super) const SERVER: Schema = Schema {
    title: "`server`",
    keys: &[
        "listen",
        "public_url",
        "aliases",
        "impersonate",
        "opentofu_direct_modules",
        "min_free",
        "collect",
    ],
    blocks: &[BlockRule {
        name: "tls",
        labels: &[],
    }],
    later: &[],
};

const TLS: Schema = Schema {
    title: "`tls`",
    keys: &["enabled", "cert_file", "key_file"],
    blocks: &[],
    later: &[],
};

pub(super) fn server(block: &Block<'_, '_>) -> ServerDraft {
    ServerDraft {
        listen: block.text("listen", listen),
        public_url: block.text("public_url", public_url),
        aliases: block.list("aliases", own_name),
        impersonate: block.list("impersonate", own_name),
        opentofu_direct_modules: block.boolean("opentofu_direct_modules"),
        min_free: block.text_or_number("min_free", units::min_free),
        collect: block.boolean("collect"),
        tls: block.block("tls", &TLS).and_then(|block| tls(&block)),
        places: ServerPlaces {
            public_url: block.place("public_url"),
            aliases: block.place("aliases"),
            impersonate: block.place("impersonate"),
        },
    }
}

fn own_name(text: &str) -> Result<Hostname, Box<dyn std::error::Error>> {
    let name: Hostname = text.parse()?;
    if name.always_means_self() {
        return Err(format!("`{name}` means this server without being said").into());
    }
    Ok(name)
}

fn tls(block: &Block<'_, '_>) -> Option<TlsSettings> {
    let is_enabled = block.boolean("enabled").unwrap_or(true);
    let files = (block.path("cert_file"), block.path("key_file"));
    let written = (block.key_span("cert_file"), block.key_span("key_file"));
    match written {
        (Some(span), _) | (_, Some(span)) if !is_enabled => {
            block
                .reader
                .report(&span, "a certificate has no use while `enabled = false`");
            None
        }
        (Some(span), None) => {
            block
                .reader
                .report(&span, "`cert_file` needs a `key_file` beside it");
            None
        }
        (None, Some(span)) => {
            block
                .reader
                .report(&span, "`key_file` needs a `cert_file` beside it");
            None
        }
        (None, None) if is_enabled => Some(TlsSettings::Builtin),
        (None, None) => Some(TlsSettings::Off),
        (Some(_), Some(_)) => {
            let (certificate, key) = (files.0?, files.1?);
            Some(TlsSettings::Files { certificate, key })
        }
    }
}
