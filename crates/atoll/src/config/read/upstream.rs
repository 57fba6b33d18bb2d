//! The blocks `upstream`.

use atoll_app::upstreams::{
    ASSUMED_OFFLINE_PERIOD_SECS, Anonymous, MISSED_CACHE_PERIOD_SECS, RETRIEVAL_CACHE_PERIOD_SECS,
    UpstreamMode, UpstreamPolicy,
};
use atoll_core::address::Hostname;
use atoll_core::pattern::{PatternList, Policy};
use atoll_core::proof::Proof;

use super::super::builtin::defaults_of;
use super::super::draft::UpstreamDraft;
use super::super::syntax::{Block, BlockRule, Label, Schema};
use super::super::units;
use super::upstream_names::{Names, alias};
use super::upstream_patterns::{artifact_pattern, root_pattern};
use super::upstream_source::source;
use super::upstream_sync::sync;

const UPSTREAM: Schema = Schema {
    title: "`upstream`",
    keys: &[
        "url",
        "protocol",
        "mode",
        "ca_file",
        "token",
        "username",
        "password",
        "proxy",
        "resolve",
        "allow",
        "exclude",
        "root",
        "aliases",
        "allow_addresses",
        "ssh_key_file",
        "ssh_known_hosts_file",
        "anonymous",
        "require_proof",
        "pin_keys",
        "max_bytes",
        "retrieval_cache_period_seconds",
        "missed_cache_period_seconds",
        "assumed_offline_period_seconds",
        "blacked_out",
    ],
    blocks: &[BlockRule {
        name: "sync",
        labels: &[],
    }],
    later: &[],
};

/// Kinds of upstream that will mean something in a later version.
const LATER_KINDS: [&str; 4] = ["oci", "helm", "releases", "gallery"];
/// Longer periods are mistakes: ten years.
const PERIOD_SECS_MAX: i64 = 10 * 365 * 24 * 60 * 60;

pub(super) fn upstreams(file: &Block<'_, '_>) -> Vec<UpstreamDraft> {
    let mut found: Vec<UpstreamDraft> = Vec::new();
    let mut names = Names::default();
    for (labels, block) in file.blocks("upstream", &UPSTREAM) {
        let Ok([kind, label]) = <[Label; 2]>::try_from(labels) else {
            continue;
        };
        if let Some(draft) = upstream(&block, &kind, &label, &found) {
            names.take(&block, &draft.policy);
            found.push(draft);
        }
    }
    names.check_unwritten(file.reader);
    found
}

fn upstream(
    block: &Block<'_, '_>,
    kind: &Label,
    label: &Label,
    others: &[UpstreamDraft],
) -> Option<UpstreamDraft> {
    let refused = if kind.text == "terraform" {
        None
    } else if LATER_KINDS.contains(&kind.text.as_str()) {
        Some(format!(
            "upstreams of the kind {:?} are not available in this version",
            kind.text
        ))
    } else {
        Some(format!(
            "unknown kind of upstream {:?}: it is `upstream \"terraform\" \"HOST\"`",
            kind.text
        ))
    };
    if let Some(message) = refused {
        block.reader.report(&kind.span, message);
        return None;
    }
    let hostname = hostname(block, label, others)?;
    let mut policy = UpstreamPolicy::new(hostname, Anonymous::None);
    let anonymous = block.text("anonymous", anonymous);
    read_policy(block, &mut policy);
    let source = source(block, &policy)?;
    Some(UpstreamDraft {
        policy,
        anonymous,
        source,
    })
}

fn hostname(block: &Block<'_, '_>, label: &Label, others: &[UpstreamDraft]) -> Option<Hostname> {
    let refused = match label.text.parse::<Hostname>() {
        Ok(name) if name.always_means_self() => format!("{:?} is this server itself", label.text),
        Ok(name) if others.iter().any(|other| other.policy.hostname == name) => {
            format!("there are two blocks for the upstream {:?}", name.as_str())
        }
        Ok(name) => return Some(name),
        Err(error) => error.to_string(),
    };
    block.reader.report(&label.span, refused);
    None
}

fn read_policy(block: &Block<'_, '_>, policy: &mut UpstreamPolicy) {
    let patterns = |key| {
        block
            .list(key, artifact_pattern)
            .map(PatternList::from_iter)
    };
    let defaults = defaults_of(policy.hostname.as_str());
    policy.patterns = Policy {
        allow: patterns("allow"),
        exclude: patterns("exclude").unwrap_or_default(),
    };
    // What is built in is well-formed: a test reads it.
    let built_in = || defaults.root.iter().flat_map(|text| text.parse()).collect();
    policy.root = block.list("root", root_pattern).unwrap_or_else(built_in);
    let built_in = || defaults.aliases.iter().map(ToString::to_string).collect();
    policy.aliases = block.list("aliases", alias).unwrap_or_else(built_in);
    policy.sync = sync(block);
    policy.mode = block.text("mode", mode).unwrap_or_default();
    policy.require_proof = block.text("require_proof", proof).unwrap_or(Proof::Hashed);
    policy.pin_keys = block.boolean("pin_keys").unwrap_or(false);
    policy.max_bytes = block.text_or_number("max_bytes", units::size);
    policy.blacked_out = block.boolean("blacked_out").unwrap_or(false);
    let period = |key, default| block.integer(key, 0, PERIOD_SECS_MAX).unwrap_or(default);
    policy.retrieval_cache_period_secs = period(
        "retrieval_cache_period_seconds",
        RETRIEVAL_CACHE_PERIOD_SECS,
    );
    policy.missed_cache_period_secs =
        period("missed_cache_period_seconds", MISSED_CACHE_PERIOD_SECS);
    policy.assumed_offline_period_secs = period(
        "assumed_offline_period_seconds",
        ASSUMED_OFFLINE_PERIOD_SECS,
    );
}

fn anonymous(text: &str) -> Result<Anonymous, String> {
    let all = [Anonymous::Fetch, Anonymous::Read, Anonymous::None];
    let known = all.into_iter().find(|anonymous| anonymous.as_str() == text);
    known.ok_or_else(|| format!("`anonymous` is `fetch`, `read` or `none`, not {text:?}"))
}

fn mode(text: &str) -> Result<UpstreamMode, String> {
    match text {
        "on_demand" => Ok(UpstreamMode::OnDemand),
        "offline" => Ok(UpstreamMode::Offline),
        "scheduled" => Ok(UpstreamMode::Scheduled),
        _ => Err(format!(
            "`mode` is `on_demand`, `scheduled` or `offline`, not {text:?}"
        )),
    }
}

/// `own` is no requirement that anybody can have of an upstream.
fn proof(text: &str) -> Result<Proof, String> {
    let known = text.parse().ok().filter(|proof| *proof != Proof::Own);
    known
        .ok_or_else(|| format!("`require_proof` is `signed`, `unsigned` or `hashed`, not {text:?}"))
}
