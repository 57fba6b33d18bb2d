use super::super::*;
use super::build::{Item, MIRROR, PUBLISH, file, names, pack, symlink, tar};

fn at(subdir: &str) -> Request<'_> {
    Request {
        subdir: Some(subdir),
        ..PUBLISH
    }
}

const STRIP: Request<'_> = Request {
    wrapper: Wrapper::StripSingle,
    ..PUBLISH
};

#[test]
fn a_wrapper_is_taken_off_where_it_is_one() {
    let wrapped = [file("vpc-1.0/main.tf", ""), file("vpc-1.0/a/b.tf", "")];
    let (found, packaged) = names(&wrapped, &STRIP);
    assert_eq!(found, ["a/b.tf", "main.tf"]);
    assert_eq!(packaged.stripped.as_deref(), Some("vpc-1.0"));
    let flat = [file("main.tf", ""), file("a/b.tf", "")];
    let (found, packaged) = names(&flat, &STRIP);
    assert_eq!((found.len(), packaged.stripped), (2, None));
    let (found, packaged) = names(&wrapped, &PUBLISH);
    assert_eq!(found, ["vpc-1.0/a/b.tf", "vpc-1.0/main.tf"]);
    assert_eq!(packaged.stripped, None);
    let two = [file("a/main.tf", ""), file("b/main.tf", "")];
    assert_eq!(names(&two, &STRIP).0, ["a/main.tf", "b/main.tf"]);
}

#[test]
fn configuration_at_any_depth_makes_a_module() {
    let wrapped = [
        file("iam-5.0/README.md", ""),
        file("iam-5.0/modules/user/main.tf", ""),
    ];
    for strictness in [Strictness::Publish, Strictness::Mirror] {
        let request = Request {
            strictness,
            ..STRIP
        };
        let (found, packaged) = names(&wrapped, &request);
        assert_eq!(found, ["README.md", "modules/user/main.tf"]);
        let [warning] = &packaged.warnings[..] else {
            panic!("{:?}", packaged.warnings);
        };
        assert!(warning.contains("`//DIRECTORY`"), "{warning}");
        // Nested modules without anything beside them are in their place already.
        let bare = [file("modules/user/main.tf", "")];
        assert_eq!(names(&bare, &request).0, ["modules/user/main.tf"]);
        let named = [file("modules/main.tf", "")];
        assert_eq!(names(&named, &request).0, ["main.tf"]);
        let (_, packaged) = names(&[file("main.tf", "")], &request);
        assert_eq!(packaged.warnings, [""; 0]);
    }
    let deep = Request {
        subdir: Some("modules"),
        ..STRIP
    };
    let (found, packaged) = names(&wrapped, &deep);
    assert_eq!(found, ["user/main.tf"]);
    assert!(packaged.warnings[0].starts_with("\"modules\" has no .tf"));
}

#[test]
fn a_subdirectory_is_the_root() {
    let items = [
        file("main.tf", ""),
        file("modules/x/main.tf", "source = \"./y\""),
        file("modules/x/y/main.tf", "source = \"../z\""),
        symlink("modules/x/common.tf", "../../main.tf"),
        file("modules/xx/main.tf", ""),
    ];
    for subdir in ["modules/x", "modules/x/", "./modules//x"] {
        let (found, packaged) = names(&items, &at(subdir));
        assert_eq!(found, ["common.tf", "main.tf", "y/main.tf"]);
        assert_eq!(packaged.subdir, None);
    }
    let error = pack(&tar(&items), &at("modules/none")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the archive has no directory \"modules/none\"; at its top there is main.tf, modules/"
    );
}

#[test]
fn a_module_that_looks_outside_keeps_the_whole_tree() {
    let items = [
        file("top/shared/main.tf", ""),
        file("top/modules/x/main.tf", "source = \"../../shared\""),
    ];
    let request = Request {
        subdir: Some("modules/x"),
        ..STRIP
    };
    let (found, packaged) = names(&items, &request);
    assert_eq!(found, ["modules/x/main.tf", "shared/main.tf"]);
    assert_eq!(packaged.subdir.as_deref(), Some("modules/x"));
    assert_eq!(packaged.stripped.as_deref(), Some("top"));
}

#[test]
fn a_directory_that_no_address_can_name_is_refused_where_clients_need_it() {
    let outside = "source = \"../shared\"";
    let at = at("my module");
    let error = pack(&tar(&[file("my module/main.tf", outside)]), &at).unwrap_err();
    assert!(matches!(error, PackageError::OddSubdir(_)), "{error:?}");
    let plain = [file("my module/main.tf", "")];
    assert_eq!(names(&plain, &at).0, ["main.tf"]);
}

#[test]
fn the_wildcard_of_go_getter_is_the_wrapper() {
    let items = [file("top/main.tf", ""), file("top/a/main.tf", "")];
    let (found, packaged) = names(&items, &at("*"));
    assert_eq!(found, ["a/main.tf", "main.tf"]);
    assert_eq!(packaged.stripped.as_deref(), Some("top"));
    assert_eq!(names(&items, &at("*/a")).0, ["main.tf"]);
    let flat = [file("main.tf", ""), file("a/main.tf", "")];
    let error = pack(&tar(&flat), &at("*")).unwrap_err();
    assert!(matches!(error, PackageError::NoWrapper(_)), "{error:?}");
    for bad in ["../x", "/x", "a/*", "a\\b", "a/../b", "[ab]", "*/*"] {
        let error = pack(&tar(&flat), &at(bad)).unwrap_err();
        assert!(
            matches!(error, PackageError::BadSubdir(_)),
            "{bad}: {error:?}"
        );
        assert!(check_subdir(bad).is_err(), "{bad}");
    }
    for good in ["*", "*/a", "a/b", "my module"] {
        check_subdir(good).unwrap();
    }
}

#[test]
fn a_named_wrapper_is_not_stripped_first() {
    let items = [file("modules/x/main.tf", ""), file("modules/y/main.tf", "")];
    let request = Request {
        subdir: Some("modules/x"),
        ..STRIP
    };
    let (found, packaged) = names(&items, &request);
    assert_eq!((found.len(), packaged.stripped), (1, None));
}

#[test]
fn without_a_module_the_error_says_what_there_is() {
    let mut items: Vec<Item> = (0..12)
        .map(|index| file(&format!("f{index:02}"), ""))
        .collect();
    items.push(file("a/notes.txt", ""));
    let error = pack(&tar(&items), &MIRROR).unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no module in the archive's top directory: no .tf, .tf.json, .tofu or .tofu.json file at any depth, only a/, f00, f01, f02, f03, f04, f05, f06, f07, f08, and 3 more"
    );
    let error = pack(&tar(&[]), &MIRROR).unwrap_err().to_string();
    assert!(error.ends_with("only nothing"), "{error}");
    for name in ["main.tf", "main.tf.json", "main.tofu", "main.tofu.json"] {
        assert_eq!(names(&[file(name, "")], &PUBLISH).0, [name]);
    }
    for name in ["main.tfvars", "main.json", "tf"] {
        assert!(pack(&tar(&[file(name, "")]), &PUBLISH).is_err());
    }
}

#[test]
fn broken_links_elsewhere_do_not_matter_to_a_subdirectory() {
    let items = [file("x/main.tf", ""), symlink("examples/l", "/nowhere")];
    assert_eq!(names(&items, &at("x")).0, ["main.tf"]);
}
