//! A registry's tree of modules, as large and as varied as one that many people write.

use std::fmt::Write as _;

use atoll_testkit::modules;
use bytes::Bytes;

/// How many modules there are.
const MODULES: usize = 84;
/// How many versions all of them have.
const VERSIONS: usize = 466;

/// A version of a module of the tree.
pub(crate) struct TreeVersion {
    /// `NAMESPACE/NAME/SYSTEM`
    pub(crate) address: String,
    pub(crate) version: String,
    module: usize,
    revision: usize,
}

/// All versions: of every module the first, then of every module the second, and so on.
pub(crate) fn registry_tree() -> Vec<TreeVersion> {
    (0..VERSIONS)
        .map(|index| {
            let (module, revision) = (index % MODULES, index / MODULES);
            TreeVersion {
                address: format!("team-{:02}/tool-{module:02}/coder", module % 7),
                version: format!("1.{revision}.0"),
                module,
                revision,
            }
        })
        .collect()
}

impl TreeVersion {
    /// The tarball of its directory, in a wrapper as forges make one.
    pub(crate) fn archive(&self) -> Bytes {
        let (main, readme) = (self.main(), self.readme());
        let script = "#!/usr/bin/env bash\nset -euo pipefail\n".to_owned()
            + &"echo \"installing\"; sleep 0\n".repeat(80);
        let test =
            "it(\"runs\", async () => { await runTerraformInit(import.meta.dir); });\n".repeat(60);
        let example = format!(
            "module \"it\" {{\n  source = \"../..\"\n  agent_id = \"{}\"\n}}\n",
            self.module
        );
        let files = [
            ("main.tf", main.as_str()),
            ("README.md", &readme),
            ("run.sh", &script),
            ("main.test.ts", &test),
            ("examples/basic/main.tf", &example),
            ("examples/basic/README.md", &readme),
        ];
        modules::wrapped(
            &format!("tool-{:02}-{}", self.module, self.revision),
            &files,
        )
    }

    fn main(&self) -> String {
        let mut text = String::from(
            "terraform {\n  required_version = \">= 1.0\"\n  required_providers {\n    coder = {\n      source  = \"coder/coder\"\n      version = \">= 2.5\"\n    }\n  }\n}\n",
        );
        for number in 0..12 + self.module % 9 {
            // Writing to a string can't fail.
            let _ = write!(
                text,
                "\nvariable \"option_{number}\" {{\n  type        = string\n  description = \"What option {number} of revision {} does.\"\n  default     = \"value\"\n  validation {{\n    condition     = length(var.option_{number}) > 0\n    error_message = \"Must not be empty.\"\n  }}\n}}\n",
                self.revision
            );
        }
        for number in 0..4 {
            let _ = write!(
                text,
                "\nresource \"coder_script\" \"script_{number}\" {{\n  agent_id = var.option_0\n  script = templatefile(\"${{path.module}}/run.sh\", {{\n    NAME : var.option_{number},\n  }})\n  run_on_start = true\n}}\n\noutput \"out_{number}\" {{\n  description = \"Output {number}.\"\n  value       = coder_script.script_{number}.id\n}}\n"
            );
        }
        text
    }

    fn readme(&self) -> String {
        let mut text = format!(
            "# Tool {}\n\nInstalls the tool, revision {}.\n",
            self.module, self.revision
        );
        for number in 0..40 + self.module {
            let _ = write!(
                text,
                "\n## Usage {number}\n\n```tf\nmodule \"tool\" {{\n  option_{number} = \"x\"\n}}\n```\n"
            );
        }
        text
    }
}
