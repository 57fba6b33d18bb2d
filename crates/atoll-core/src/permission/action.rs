//! What is done.

use std::fmt;

/// Something that is done to a repository, or to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Read.
    Pull,
    /// Write, and read.
    Push,
    /// Delete, and read.
    Delete,
    /// Administer the server; includes everything else.
    Admin,
}

impl Action {
    /// Every action, from least to most.
    pub const ALL: [Self; 4] = [Self::Pull, Self::Push, Self::Delete, Self::Admin];

    /// The word for it in scopes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::Admin => "admin",
        }
    }

    /// Whether who may do this may do that as well.
    pub const fn implies(self, other: Self) -> bool {
        match self {
            Self::Pull => matches!(other, Self::Pull),
            Self::Push => matches!(other, Self::Push | Self::Pull),
            Self::Delete => matches!(other, Self::Delete | Self::Pull),
            Self::Admin => true,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
