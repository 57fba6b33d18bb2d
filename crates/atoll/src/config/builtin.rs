//! The upstreams that are there without being written.

/// An upstream that nobody has to write, and what holds for it where its block doesn't say.
pub(super) struct Builtin {
    pub(super) name: &'static str,
    /// For which addresses it answers at the root.
    pub(super) root: &'static [&'static str],
    /// Its names in the URL shapes of other servers.
    pub(super) aliases: &'static [&'static str],
}

/// In the order in which they are asked.
pub(super) const BUILTINS: [Builtin; 3] = [
    Builtin {
        name: "registry.terraform.io",
        root: &[],
        aliases: &[],
    },
    Builtin {
        name: "registry.opentofu.org",
        root: &[],
        aliases: &[],
    },
    Builtin {
        name: "registry.coder.com",
        root: &["*/*/coder"],
        aliases: &["coder-registry"],
    },
];

/// What holds for an upstream where its block doesn't say: nothing, for most.
pub(super) fn defaults_of(name: &str) -> &'static Builtin {
    const NOTHING: Builtin = Builtin {
        name: "",
        root: &[],
        aliases: &[],
    };
    BUILTINS
        .iter()
        .find(|builtin| builtin.name == name)
        .unwrap_or(&NOTHING)
}
