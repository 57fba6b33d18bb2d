//! Whole modules.

use super::super::*;
use super::{CODER, VERSIONS, VPC, good, module};

fn names<T>(list: &[T], name: impl Fn(&T) -> &str) -> Vec<String> {
    list.iter().map(|item| name(item).to_owned()).collect()
}

#[test]
fn a_network_module() {
    let root = module(&[("main.tf", VPC), ("versions.tf", VERSIONS)]).root;
    assert_eq!(root.diagnostics, []);
    assert!(!root.empty);
    assert_eq!(
        names(&root.inputs, |input| &input.name),
        ["name", "cidr", "subnets", "secret"]
    );
    assert_eq!(root.required_core, [">= 1.3"]);
    let cidr = &root.inputs[1];
    assert_eq!(cidr.type_, "string");
    assert_eq!(cidr.description, "(Optional) The \"IPv4\" CIDR block");
    assert!(cidr.required && cidr.nullable && cidr.default.is_none());
    assert_eq!(cidr.validations[0].condition, "can(cidrhost(var.cidr, 0))");
    assert_eq!(cidr.validations[0].error_message, "Not a CIDR block.");
    assert_eq!(
        cidr.validations[1].error_message,
        "\"Not ${var.cidr}, please.\""
    );
    let subnets = &root.inputs[2];
    assert!(
        subnets
            .type_
            .starts_with("map(object({\n    cidr  = string")
    );
    assert!(subnets.type_.ends_with("}))"));
    assert_eq!(
        subnets.default.as_deref(),
        Some(
            r#"{"a":{"cidr":"10.0.0.0/24","az":null},"b-c":{"cidr":"10.0.1.0/24","extra":[1,-2.50,3e2]}}"#
        )
    );
    assert!(!subnets.required && !subnets.nullable);
    assert!(root.inputs[3].sensitive && root.inputs[3].ephemeral);
    assert_eq!(root.outputs[0].description, "The ID of the VPC");
    assert!(!root.outputs[0].sensitive && root.outputs[1].sensitive);
}

#[test]
fn what_a_network_module_needs() {
    let root = module(&[("main.tf", VPC), ("versions.tf", VERSIONS)]).root;
    let resources: Vec<String> = root
        .resources
        .iter()
        .map(|r| format!("{:?} {}.{}", r.mode, r.type_, r.name))
        .collect();
    assert_eq!(
        resources,
        [
            "Managed aws_vpc.this",
            "Managed aws_subnet.public",
            "Data aws_iam_policy_document.flow_log",
            "Ephemeral random_password.db"
        ]
    );
    let providers: Vec<String> = root
        .providers
        .iter()
        .map(|p| {
            format!(
                "{} {} {} {}",
                p.name,
                p.source,
                p.version.as_deref().unwrap_or("-"),
                p.implied
            )
        })
        .collect();
    assert_eq!(
        providers,
        [
            "aws hashicorp/aws >= 5.46 false",
            "coder coder/coder >= 2.5 false",
            "legacy hashicorp/legacy ~> 1.0 false",
            "random hashicorp/random - true"
        ]
    );
    assert_eq!(
        root.providers[0].configuration_aliases,
        ["aws.replica", "aws.other"]
    );
    assert_eq!(root.module_calls[0].kind, CallSource::Local);
    assert_eq!(root.module_calls[1].version.as_deref(), Some("~> 0.25"));
}

#[test]
fn a_module_of_coders_registry() {
    let readme = "---\ndisplay_name: code-server\ndescription: VS Code in the browser\nicon: ../x.svg\ntags: [ide, web]\n---\n\n# code-server\n\nAutomatically install.\n";
    let description = module(&[("main.tf", CODER), ("README.md", readme)]);
    let root = &description.root;
    assert_eq!(root.diagnostics, []);
    assert_eq!(root.description.as_deref(), Some("VS Code in the browser"));
    assert_eq!(root.readme, readme);
    assert_eq!(root.inputs[1].default.as_deref(), Some("null"));
    assert_eq!(root.inputs[2].default.as_deref(), Some("\"owner\""));
    assert_eq!(
        root.inputs[3].description,
        "Settings to apply.\n\n  Indented, and ${escaped}.\n"
    );
    assert_eq!(names(&root.providers, |p| &p.source), ["coder/coder"]);
    assert_eq!(description.needs().len(), 1);
}

#[test]
fn needs_are_sorted_and_leave_local_ones_out() {
    let call = |source: &str| format!("module \"a\" {{\n source = \"{source}\"\n}}\n");
    let description = module(&[
        ("main.tf", &call("terraform-aws-modules/vpc/aws")),
        ("modules/x/main.tf", &call("../..")),
        ("examples/y/main.tf", &call("git::https://h.example/r.git")),
        (
            "examples/y/p.tf",
            "provider \"aws\" {\n  version = \"~> 2\"\n}\n",
        ),
    ]);
    let needs: Vec<String> = description
        .needs()
        .into_iter()
        .map(|need| format!("{} {} {:?}", need.from, need.source, need.version))
        .collect();
    assert_eq!(
        needs,
        [
            "examples/y hashicorp/aws Some(\"~> 2\")",
            " terraform-aws-modules/vpc/aws None",
            "examples/y git::https://h.example/r.git None"
        ]
    );
}

#[test]
fn oddities_of_providers() {
    let root = good(
        "terraform {\n  required_providers {\n    tf = { \"source\" : \"terraform.io/builtin/terraform\" }\n  }\n}\n\
         resource \"terraform_data\" \"a\" {}\n\
         resource \"google_x\" \"b\" {\n  provider = google-beta.eu\n}\n\
         data \"http\" \"c\" {}\n\
         check \"up\" {\n  data \"dns_a\" \"d\" {}\n}\n\
         action \"lambda_invoke\" \"e\" {}\n",
    );
    assert_eq!(
        names(&root.providers, |p| &p.name),
        ["dns", "google-beta", "http", "lambda"]
    );
    assert_eq!(root.resources.len(), 4);
}

#[test]
fn overrides_change_what_they_name() {
    let main = "terraform {\n required_version = \">= 1\"\n}\nvariable \"a\" {\n type = string\n description = \"d\"\n}\n";
    let other = "terraform {\n required_version = \">= 2\"\n}\nvariable \"a\" {\n default = 7\n}\n";
    for name in ["override.tf", "a_override.tf", "a_override.tofu"] {
        let root = module(&[("main.tf", main), (name, other)]).root;
        assert_eq!(root.diagnostics, []);
        assert_eq!(root.required_core, [">= 2"]);
        assert_eq!(root.inputs.len(), 1);
        assert_eq!(root.inputs[0].type_, "string");
        assert_eq!(root.inputs[0].default.as_deref(), Some("7"));
        assert!(!root.inputs[0].required);
    }
    let twice = module(&[("main.tf", main), ("z.tf", other)]).root;
    assert_eq!(twice.diagnostics.len(), 1);
    assert_eq!(twice.diagnostics[0].line, Some(4));
    assert_eq!(
        twice.diagnostics[0].message,
        "variable \"\\\"a\\\"\" is declared twice".replace("\\\"", "")
    );
}

#[test]
fn the_stored_form_is_pinned() {
    let stored = include_str!("stored-1.json");
    assert_eq!(FORMAT_VERSION, 1);
    let description = module(&[
        ("main.tf", CODER),
        ("versions.tf", VERSIONS),
        (
            "modules/x/main.tf",
            "module \"a\" {\n source = \"example.com/n/m/aws//s\"\n version = \"1.0\"\n}\n",
        ),
        ("examples/y/bad.tf", "oops"),
    ]);
    assert_eq!(
        serde_json::from_str::<ModuleDescription>(stored).unwrap(),
        description
    );
    assert_eq!(
        serde_json::to_string_pretty(&description).unwrap(),
        stored.trim_end()
    );
}
