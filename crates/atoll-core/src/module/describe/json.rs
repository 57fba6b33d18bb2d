//! The JSON syntax.
//!
//! Spec: <https://developer.hashicorp.com/terraform/language/syntax/json>

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::expression::Expression;
use super::syntax::{Attribute, Block};

/// The blocks of a file.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, serde_json::Error> {
    let mut blocks = Vec::new();
    let bodies: Bodies<'_> = serde_json::from_str::<&RawValue>(text)?.try_into()?;
    for (kind, raw) in bodies.members() {
        if let Some(labels) = labels("", &kind) {
            add(&mut blocks, &kind, labels, &[], raw)?;
        }
    }
    Ok(blocks)
}

/// The members of an object; none where it is something else.
pub(super) fn attributes(raw: &RawValue) -> Vec<Attribute<'_>> {
    let members: Members<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
    let members = members.0.into_iter();
    members.map(|(name, raw)| attribute(name, raw)).collect()
}

fn attribute(name: String, raw: &RawValue) -> Attribute<'_> {
    Attribute {
        name: Cow::Owned(name),
        value: Expression::Json(raw),
    }
}

/// How many labels the blocks of a kind have inside of another; none where it means nothing to us, or is an attribute.
fn labels(parent: &str, kind: &str) -> Option<usize> {
    match (parent, kind) {
        ("", "terraform") | ("terraform", "required_providers") | ("variable", "validation") => {
            Some(0)
        }
        ("", "variable" | "output" | "module" | "provider" | "check") => Some(1),
        ("", "resource" | "data" | "ephemeral" | "action") | ("check", "data") => Some(2),
        _ => None,
    }
}

/// Adds the blocks of a kind: objects of objects, one level for each label. As deep as [`labels`] says.
fn add<'a>(
    blocks: &mut Vec<Block<'a>>,
    kind: &str,
    labels_left: usize,
    labels_so_far: &[Cow<'a, str>],
    raw: &'a RawValue,
) -> Result<(), serde_json::Error> {
    let bodies: Bodies<'a> = raw.try_into()?;
    if labels_left > 0 {
        for (label, raw) in bodies.members() {
            let mut labels = labels_so_far.to_vec();
            labels.push(Cow::Owned(label));
            add(blocks, kind, labels_left - 1, &labels, raw)?;
        }
        return Ok(());
    }
    for Members(members) in bodies.0 {
        let mut block = Block {
            kind: Cow::Owned(kind.to_owned()),
            labels: labels_so_far.to_vec(),
            ..Block::default()
        };
        for (name, raw) in members {
            match labels(kind, &name) {
                Some(labels) => add(&mut block.blocks, &name, labels, &[], raw)?,
                None => block.attributes.push(attribute(name, raw)),
            }
        }
        blocks.push(block);
    }
    Ok(())
}

/// An object, or a list of objects: the same thing once and several times.
struct Bodies<'a>(Vec<Members<'a>>);

impl<'a> Bodies<'a> {
    fn members(self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.0.into_iter().flat_map(|Members(members)| members)
    }
}

impl<'a> TryFrom<&'a RawValue> for Bodies<'a> {
    type Error = serde_json::Error;

    fn try_from(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        let bodies = if raw.get().starts_with('[') {
            serde_json::from_str(raw.get())?
        } else {
            vec![serde_json::from_str(raw.get())?]
        };
        Ok(Self(bodies))
    }
}

/// The members of an object in their order, their values unread. `//` is a comment.
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
            if name != "//" {
                members.push((name, raw));
            }
        }
        Ok(Members(members))
    }
}
