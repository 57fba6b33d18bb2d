//! What of a list is asked for.

use atoll_core::pattern::{Match, Pattern, PatternError};
use atoll_core::version::Version;

/// A pattern such as `hashicorp/aws ~> 5.0` or `registry.terraform.io/hashicorp`: it describes the end of an address, or its
/// beginning.
pub(super) struct Filter {
    pattern: Option<Pattern>,
}

impl Filter {
    pub(super) fn parse(pattern: Option<&str>) -> Result<Self, PatternError> {
        let pattern = pattern.map(str::trim).filter(|text| !text.is_empty());
        Ok(Self {
            pattern: pattern.map(str::parse).transpose()?,
        })
    }

    /// Whether it is asked for. What has no version does not match where one is asked for.
    pub(super) fn matches(&self, address: &str, version: Option<&Version>) -> bool {
        let Some(pattern) = &self.pattern else {
            return true;
        };
        let segments: Vec<&str> = address.split('/').collect();
        let count = pattern.segment_count();
        let end = segments
            .len()
            .checked_sub(count)
            .and_then(|start| segments.get(start..));
        let parts = [segments.get(..count), end];
        parts
            .into_iter()
            .flatten()
            .any(|part| pattern.matches(part, version) == Match::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_describe_the_end_or_the_beginning_of_an_address() {
        let aws = "registry.terraform.io/hashicorp/aws";
        let version: Version = "5.90.1".parse().unwrap();
        let matches = |pattern: &str, address: &str| {
            Filter::parse(Some(pattern))
                .unwrap()
                .matches(address, Some(&version))
        };
        for yes in [
            "",
            "aws",
            "hashicorp/*",
            "registry.terraform.io/hashicorp",
            "registry.*",
            "*/*/aws",
            "aws ~> 5.90",
            "HashiCorp/AWS",
        ] {
            assert!(matches(yes, aws), "{yes}");
        }
        for no in [
            "hashicorp",
            "acme/*",
            "aws < 5",
            "a/registry.terraform.io/hashicorp/aws",
            "aw",
        ] {
            assert!(!matches(no, aws), "{no}");
        }
        let any = Filter::parse(None).unwrap();
        assert!(any.matches("acme/app", None));
        assert!(
            !Filter::parse(Some("acme/app > 1"))
                .unwrap()
                .matches("acme/app", None)
        );
        for bad in ["**", "a//b", "aws !!"] {
            assert!(Filter::parse(Some(bad)).is_err(), "{bad}");
        }
    }
}
