//! What is wrong with a text, and where.

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Flaw {
    /// Where, in bytes.
    pub(in super::super) offset: usize,
    /// What.
    pub(in super::super) rule: FlawRule,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum FlawRule {
    #[error("an argument or a block must begin here")]
    Item,
    #[error("a name must be followed by `=` and a value, or by labels and `{{`")]
    Header,
    #[error("there is no value behind the `=`")]
    NoValue,
    #[error("a line must end here")]
    LineEnd,
    #[error("the block that begins here has no end")]
    OpenBlock,
    #[error("the quoted text that begins here has no end on its line")]
    OpenQuote,
    #[error("the heredoc that begins here has no end")]
    OpenHeredoc,
    #[error("the bracket or template that begins here has no end")]
    OpenBracket,
    #[error("the comment that begins here has no end")]
    OpenComment,
    #[error("this bracket closes nothing, or another kind of bracket")]
    Mismatch,
    #[error(
        "blocks, brackets or templates are nested deeper than {} levels",
        super::NESTING_MAX
    )]
    TooDeep,
    #[error("a label can't be made of a template")]
    Label,
}

/// The line of an offset in a text, from 1.
pub(in super::super) fn line_number(text: &[u8], offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    let lines = before.split(|byte| *byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX)
}
