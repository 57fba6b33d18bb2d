//! The headers of a tar that say more about the entry behind them.
//!
//! Spec: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03>

/// What was said about the next entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) name: Option<Vec<u8>>,
    pub(super) target: Option<Vec<u8>>,
    pub(super) bytes: Option<u64>,
    pub(super) is_sparse: bool,
}

impl Extension {
    /// Adds the records of a pax header: `length key=value` and a line feed. Nothing, where they are damaged.
    pub(super) fn add_records(&mut self, mut records: &[u8]) -> Option<()> {
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ')?;
            let digits = std::str::from_utf8(records.get(..space)?).ok()?;
            let length: usize = digits.parse().ok()?;
            let (record, rest) = records.split_at_checked(length)?;
            let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"linkpath" => self.target = Some(value.to_vec()),
                b"size" => self.bytes = Some(std::str::from_utf8(value).ok()?.parse().ok()?),
                _ if key.starts_with(b"GNU.sparse.") => self.is_sparse = true,
                _ => {}
            }
            records = rest;
        }
        Some(())
    }

    /// Sets the name from a header of GNU tar, which a pax header outranks.
    pub(super) fn set_long_name(&mut self, name: &[u8]) {
        self.name.get_or_insert(without_nul(name));
    }

    /// Sets the target likewise.
    pub(super) fn set_long_target(&mut self, target: &[u8]) {
        self.target.get_or_insert(without_nul(target));
    }
}

fn without_nul(text: &[u8]) -> Vec<u8> {
    let text = text.split(|byte| *byte == 0).next();
    text.unwrap_or_default().to_vec()
}
