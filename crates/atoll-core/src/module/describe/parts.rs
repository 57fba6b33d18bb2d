//! The directories of a package, and what each declares.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::files::{File, Files, Syntax, clean, configuration, is_readme, name_of};
use super::json;
use super::model::{Diagnostic, ModuleDescription, PARTS_MAX, Part};
use super::readme;
use super::selection::{Selected, select};
use super::syntax::{Blocks, line_number};

/// Directories below a submodule that are not for its users.
const PRIVATE_DIRECTORIES: [&str; 4] = ["examples", "test", "tests", "testdata"];

/// Describes the module in a directory of a package, which is the package's root where it is empty.
pub fn describe(files: &Files, module_dir: &str) -> ModuleDescription {
    let Some(root_dir) = clean(module_dir) else {
        return ModuleDescription {
            root: Part {
                empty: true,
                ..Part::default()
            },
            ..ModuleDescription::default()
        };
    };
    let mut description = ModuleDescription {
        root: part(files, &root_dir, ""),
        ..ModuleDescription::default()
    };
    let submodules = submodules(files, &root_dir);
    let examples = examples(files, &root_dir);
    if files.is_cut() || submodules.len().max(examples.len()) > PARTS_MAX {
        description.root.diagnostics.push(Diagnostic {
            file: String::new(),
            line: None,
            message: "the package has more files than are read; some were left out".to_owned(),
        });
    }
    let describe = |path: &String| part(files, &root_dir, path);
    description.submodules = submodules.iter().take(PARTS_MAX).map(describe).collect();
    description.examples = examples.iter().take(PARTS_MAX).map(describe).collect();
    description
}

/// Whether a file is of the module in that directory: of its root, a submodule or an example. Others say nothing of it,
/// and there may be many: packages can be whole trees of modules.
pub(super) fn is_of_module(path: &str, root_dir: &str) -> bool {
    let below = match root_dir {
        "" => Some(path),
        root_dir => path
            .strip_prefix(root_dir)
            .and_then(|rest| rest.strip_prefix('/')),
    };
    below.is_some_and(|path| {
        let directory = path.split_once('/').map(|(directory, _)| directory);
        matches!(directory, None | Some("modules" | "examples"))
    })
}

/// All directories with configuration below `modules`.
fn submodules(files: &Files, root_dir: &str) -> BTreeSet<String> {
    let mut found = directories(files, root_dir, "modules");
    found.retain(|path| {
        !path
            .split('/')
            .any(|name| name.starts_with('.') || PRIVATE_DIRECTORIES.contains(&name))
    });
    found
}

/// Directories with configuration below `examples`. What is below one of them is a part of it.
fn examples(files: &Files, root_dir: &str) -> BTreeSet<String> {
    let found = directories(files, root_dir, "examples");
    let is_outermost = |path: &&String| {
        let mut ends = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        !ends.any(|parent| found.contains(parent))
    };
    found.iter().filter(is_outermost).cloned().collect()
}

/// The directories with configuration below a directory, by path from the module's root.
fn directories(files: &Files, root_dir: &str, below: &str) -> BTreeSet<String> {
    files
        .below(&join(root_dir, below))
        .filter_map(|(path, _)| path.rsplit_once('/'))
        .filter(|(_, name)| configuration(name).is_some())
        .map(|(directory, _)| join(below, directory))
        .collect()
}

fn part(files: &Files, root_dir: &str, path: &str) -> Part {
    let directory = join(root_dir, path);
    let selected = select(files, &directory);
    let readme = files
        .in_directory(&directory)
        .find(|(name, _)| is_readme(name));
    let readme = readme
        .map(|(_, file)| readme_text(file))
        .unwrap_or_default();
    let mut facts = Facts::new(Part {
        path: path.to_owned(),
        name: name_of(path).to_owned(),
        description: readme::description(&readme),
        readme,
        empty: selected.is_empty(),
        ..Part::default()
    });
    for file in &selected {
        read(&mut facts, file, path);
    }
    facts.finish()
}

fn readme_text(file: &File) -> String {
    let text = String::from_utf8_lossy(&file.bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

fn read(facts: &mut Facts, selected: &Selected<'_>, path: &str) {
    facts.begin(join(path, selected.name), selected.is_override);
    if selected.file.is_cut {
        facts.report(None, "the file is too large to be read");
        return;
    }
    let text = match str::from_utf8(&selected.file.bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = line_number(&selected.file.bytes, error.valid_up_to());
            facts.report(Some(line), "the file is not UTF-8 text");
            return;
        }
    };
    match selected.syntax {
        Syntax::Hcl => read_hcl(facts, text),
        Syntax::Json => read_json(facts, text),
    }
}

fn read_hcl(facts: &mut Facts, text: &str) {
    for block in Blocks::new(text) {
        match block {
            Ok(block) => facts.add(&block, text),
            Err(flaw) => facts.report(
                Some(line_number(text.as_bytes(), flaw.offset)),
                &flaw.rule.to_string(),
            ),
        }
    }
}

fn read_json(facts: &mut Facts, text: &str) {
    match json::blocks(text) {
        Ok(blocks) => blocks.iter().for_each(|block| facts.add(block, text)),
        Err(error) => {
            let line = u32::try_from(error.line()).ok().filter(|line| *line > 0);
            facts.report(line, &error.to_string());
        }
    }
}

fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", path) | (path, "") => path.to_owned(),
        _ => format!("{directory}/{name}"),
    }
}
