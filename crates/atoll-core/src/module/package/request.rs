/// How an archive that breaks a rule is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// It is about to be published here, so whoever made it can mend it: what some client can't unpack is refused.
    Publish,
    /// Others published it, and it can't be changed any more: what can't be kept is left out and reported, and only what is
    /// hostile or ambiguous is refused.
    Mirror,
}

/// What is done with a single directory around everything, as forges have it in their tarballs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrapper {
    /// It is a part of the tree.
    Keep,
    /// It is taken off, where there is nothing beside it.
    StripSingle,
}

/// What to make of an archive.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// How an archive that breaks a rule is treated.
    pub strictness: Strictness,
    /// The module's directory in the archive: what follows `//` in a go-getter address. A first component `*` stands for the
    /// wrapper, as in `//*`.
    pub subdir: Option<&'a str>,
    /// What is done with a directory around everything.
    pub wrapper: Wrapper,
}
