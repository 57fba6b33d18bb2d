//! Which directories and files count.

use super::super::*;
use super::{files, module};

const VARIABLE: &str = "variable \"a\" {}\n";

fn paths(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.path.as_str()).collect()
}

#[test]
fn submodules_and_examples_are_found() {
    let description = module(&[
        ("./main.tf", VARIABLE),
        ("modules/b/main.tf.json", "{}"),
        ("modules/a/x/main.tf", ""),
        ("modules/a/main.tofu", ""),
        ("modules/a/examples/e/main.tf", ""),
        ("modules/docs/README.md", ""),
        ("modules/main.tf", ""),
        ("examples/complete/main.tf", VARIABLE),
        ("examples/complete/modules/x/main.tf", ""),
        ("examples/aws/simple/main.tf", ""),
        ("examples/aws/Readme.MD", "# A\n\nB\n"),
        ("modules-old/z/main.tf", ""),
        ("../outside.tf", ""),
    ]);
    assert_eq!(
        paths(&description.submodules),
        ["modules/a", "modules/a/x", "modules/b"]
    );
    assert_eq!(
        paths(&description.examples),
        ["examples/aws/simple", "examples/complete"]
    );
    assert_eq!(description.submodules[1].name, "x");
    assert_eq!(description.examples[1].inputs.len(), 1);
}

#[test]
fn the_module_may_be_in_a_subdirectory() {
    let all = files(&[
        ("main.tf", ""),
        ("sub/dir/main.tf", VARIABLE),
        ("sub/dir/README.md", "Words.\n"),
        ("sub/dir/modules/x/bad.tf", "}"),
    ]);
    for directory in ["sub/dir", "/sub/dir/", "./sub//dir"] {
        let description = describe(&all, directory);
        assert_eq!(description.root.inputs.len(), 1);
        assert_eq!(description.root.path, "");
        assert_eq!(description.root.description.as_deref(), Some("Words."));
        assert_eq!(paths(&description.submodules), ["modules/x"]);
        assert_eq!(
            description.submodules[0].diagnostics[0].file,
            "modules/x/bad.tf"
        );
    }
    for directory in ["nowhere", "../x", "sub"] {
        assert!(describe(&all, directory).root.empty);
    }
}

#[test]
fn terraforms_file_wins_over_opentofus() {
    let root = module(&[
        ("a.tf", "variable \"terraform\" {}"),
        ("a.tofu", "variable \"tofu\" {}"),
        (
            "b.tofu",
            "variable \"only_tofu\" {\n deprecated = \"use x\"\n}",
        ),
        ("c.tofu.json", "{\"variable\": {\"json\": {}}}"),
        (".hidden.tf", "oops"),
        ("#main.tf", "oops"),
        ("main.tf~", "oops"),
        ("x.tfvars", "oops"),
        ("x.tftest.hcl", "oops"),
    ]);
    let names: Vec<&str> = root.root.inputs.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, ["terraform", "only_tofu", "json"]);
    assert_eq!(root.root.inputs[1].deprecated.as_deref(), Some("use x"));
    assert_eq!(root.root.diagnostics, []);
}

#[test]
fn limits_are_reported_and_keep_the_rest() {
    let mut all = files(&[("ok.tf", VARIABLE)]);
    all.insert("big.tf", vec![b'\n'; FILE_BYTES_MAX + 1]);
    all.insert("README.md", "é".repeat(README_BYTES_MAX).into_bytes());
    all.insert("just.tf", vec![b'\n'; FILE_BYTES_MAX]);
    let root = describe(&all, "").root;
    assert_eq!(root.inputs.len(), 1);
    assert_eq!(root.diagnostics.len(), 1);
    assert_eq!(root.diagnostics[0].file, "big.tf");
    assert!(root.readme.len() <= README_BYTES_MAX);

    for index in 0..10 {
        all.insert(&format!("{index}.tf"), vec![b'\n'; FILE_BYTES_MAX]);
    }
    let root = describe(&all, "").root;
    assert_eq!(root.diagnostics.len(), 2);

    // One input, one provider, and the rest.
    let many = "variable \"a\" {}\n".repeat(FACTS_MAX) + &"resource a b {}\n".repeat(FACTS_MAX * 2);
    let root = module(&[("main.tf", &many)]).root;
    assert_eq!(root.resources.len() + 2, FACTS_MAX);
    assert_eq!(root.diagnostics.len(), DIAGNOSTICS_MAX);

    let mut all = Files::new();
    (0..PARTS_MAX + 9).for_each(|n| all.insert(&format!("modules/{n}/a.tf"), Vec::new()));
    assert_eq!(describe(&all, "").submodules.len(), PARTS_MAX);
}
