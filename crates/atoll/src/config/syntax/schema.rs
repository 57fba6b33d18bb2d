//! What blocks may hold, and what is said about anything else.

use super::suggest::closest;

/// What a block may hold.
pub(in crate::config) struct Schema {
    /// What the block is called in messages.
    pub(in crate::config) title: &'static str,
    pub(in crate::config) keys: &'static [&'static str],
    pub(in crate::config) blocks: &'static [BlockRule],
    /// Keys and blocks that will mean something in a later version.
    pub(in crate::config) later: &'static [&'static str],
}

/// How a block is written.
pub(in crate::config) struct BlockRule {
    pub(in crate::config) name: &'static str,
    /// What its labels are, in order.
    pub(in crate::config) labels: &'static [&'static str],
}

impl Schema {
    /// What is said about a key or block that is not among them.
    pub(super) fn unknown(&self, what: &str, name: &str) -> String {
        let Self {
            title,
            keys,
            blocks,
            later,
        } = *self;
        if later.contains(&name) {
            return format!("`{name}` in {title} is not available in this version");
        }
        if keys.contains(&name) {
            return format!("`{name}` in {title} is a value: write `{name} = …`");
        }
        if let Some(rule) = blocks.iter().find(|rule| rule.name == name) {
            return format!("`{name}` in {title} is a block: write {}", rule.written());
        }
        let names = keys
            .iter()
            .copied()
            .chain(blocks.iter().map(|rule| rule.name));
        match closest(name, names) {
            Some(near) => format!("unknown {what} `{name}` in {title}: did you mean `{near}`?"),
            None => format!("unknown {what} `{name}` in {title}"),
        }
    }
}

impl BlockRule {
    /// How the block is written.
    pub(super) fn written(&self) -> String {
        let mut words = vec![self.name.to_owned()];
        words.extend(self.labels.iter().map(|label| format!("\"{label}\"")));
        format!("`{} {{ … }}`", words.join(" "))
    }
}
