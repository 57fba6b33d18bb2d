use super::super::*;
use super::build::{MIRROR, PUBLISH, file, names};

const POINTER: &str =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n";

#[test]
fn submodules_of_a_repository_are_told_of() {
    let tree = [
        file("main.tf", ""),
        file(".gitmodules", "[submodule \"x\"]"),
    ];
    let (_, packaged) = names(&tree, &MIRROR);
    let [warning] = &packaged.warnings[..] else {
        panic!("{:?}", packaged.warnings);
    };
    assert!(warning.contains("submodules"), "{warning}");
    // What is published is a directory as it is, and what forges pack has no submodules for anybody.
    let packed = Request {
        wrapper: Wrapper::StripSingle,
        ..MIRROR
    };
    for request in [PUBLISH, packed] {
        assert_eq!(names(&tree, &request).1.warnings, [""; 0]);
    }
    let elsewhere = [file("main.tf", ""), file("examples/.gitmodules", "")];
    assert_eq!(names(&elsewhere, &MIRROR).1.warnings, [""; 0]);
}

#[test]
fn pointers_of_git_lfs_are_told_of() {
    let cut = POINTER.split_once('/').unwrap().0;
    let long = format!("{POINTER}{}", " ".repeat(1024));
    let mut tree = vec![
        file("main.tf", ""),
        file("long.bin", &long),
        file("cut.bin", cut),
        file("files/one.bin", POINTER),
    ];
    for request in [MIRROR, PUBLISH] {
        let (_, packaged) = names(&tree, &request);
        let [warning] = &packaged.warnings[..] else {
            panic!("{:?}", packaged.warnings);
        };
        assert!(
            warning.starts_with("\"files/one.bin\" is a pointer"),
            "{warning}"
        );
    }
    tree.push(file("two.bin", POINTER));
    let (_, packaged) = names(&tree, &MIRROR);
    assert!(
        packaged.warnings[0].contains("and 1 more files are"),
        "{:?}",
        packaged.warnings
    );
}
