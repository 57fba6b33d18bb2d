//! One operator and the version it compares with.

use std::fmt;

use super::list::ConstraintRule;
use crate::version::{Partial, Precision, Version};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Pessimistic,
}

impl Operator {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "=" => Some(Self::Equal),
            "!=" => Some(Self::NotEqual),
            ">" => Some(Self::Greater),
            ">=" => Some(Self::GreaterOrEqual),
            "<" => Some(Self::Less),
            "<=" => Some(Self::LessOrEqual),
            "~>" => Some(Self::Pessimistic),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Pessimistic => "~>",
        }
    }
}

/// One item of the comma-separated list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Comparison {
    operator: Operator,
    bound: Partial,
}

impl Comparison {
    /// Reads an optional operator and a version that may be partial.
    pub(super) fn parse(text: &str) -> Result<Self, ConstraintRule> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(ConstraintRule::EmptyItem);
        }
        // The signs of other languages' operators too, so that the message is about the operator.
        let version = text.trim_start_matches(['=', '!', '<', '>', '~', '^', '|', '&']);
        let sign = text.strip_suffix(version).unwrap_or_default();
        let operator = Operator::parse(sign).ok_or(ConstraintRule::Operator)?;
        let bound = Partial::parse(version.trim_ascii_start()).map_err(ConstraintRule::Version)?;
        Ok(Self { operator, bound })
    }

    /// Whether a version is in the set, pre-releases being judged by their place in the order alone.
    pub(super) fn covers(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.bound.version);
        match self.operator {
            Operator::Equal => self.is_exactly(version),
            Operator::NotEqual => !self.is_exactly(version),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Pessimistic => order.is_ge() && self.keeps_leading_numbers(version),
        }
    }

    /// Whether a pre-release may be considered at all: only where the bound is a pre-release of the same three numbers. A
    /// pessimistic bound that is a pre-release admits nothing else. `=` and `!=` mean what they say.
    pub(super) fn admits(&self, version: &Version) -> bool {
        let bound = &self.bound.version;
        match self.operator {
            Operator::Equal | Operator::NotEqual => true,
            Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Pessimistic => match (bound.is_prerelease(), version.is_prerelease()) {
                (true, true) => bound.numbers() == version.numbers(),
                (false, true) => false,
                (true, false) => self.operator != Operator::Pessimistic,
                (false, false) => true,
            },
        }
    }

    /// Builds of one version are alike, unless the constraint names a build.
    fn is_exactly(&self, version: &Version) -> bool {
        let bound = &self.bound.version;
        bound.precedence_eq(version)
            && (bound.build().is_empty() || bound.build() == version.build())
    }

    /// All numbers but the last one written must be equal; a lone major number must be too, as for Terraform's providers.
    fn keeps_leading_numbers(&self, version: &Version) -> bool {
        let ([bound_major, bound_minor, _], [major, minor, _]) =
            (self.bound.version.numbers(), version.numbers());
        match self.bound.precision {
            Precision::Major | Precision::Minor => bound_major == major,
            Precision::Patch => (bound_major, bound_minor) == (major, minor),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = &self.bound.version;
        write!(f, "{} {}", self.operator.as_str(), version.major())?;
        match self.bound.precision {
            Precision::Major => {}
            Precision::Minor => write!(f, ".{}", version.minor())?,
            Precision::Patch => write!(f, ".{}.{}", version.minor(), version.patch())?,
        }
        if version.is_prerelease() {
            write!(f, "-{}", version.prerelease())?;
        }
        if version.build().is_empty() {
            Ok(())
        } else {
            write!(f, "+{}", version.build())
        }
    }
}
