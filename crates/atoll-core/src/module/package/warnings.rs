use super::limits::WARNINGS_MAX;

/// What was left out or looks wrong, up to a limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Warnings {
    kept: Vec<String>,
    more: usize,
}

impl Warnings {
    /// Adds a warning, unless it is there already.
    pub(super) fn push(&mut self, warning: String) {
        if self.kept.contains(&warning) {
            return;
        }
        if self.kept.len() < WARNINGS_MAX {
            self.kept.push(warning);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.kept.push(format!("and {} more warnings", self.more));
        }
        self.kept
    }
}
