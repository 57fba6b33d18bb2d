//! Whether a module refers to what is outside of its own directory.

use std::io::{self, Read, Seek};

use super::error::PackageError;
use super::spool::{COPY_BYTES, Spooled};
use super::walk::Files;

const MODULE_SUFFIXES: [&str; 4] = [".tf", ".tf.json", ".tofu", ".tofu.json"];

/// Whether a file is a part of a module's configuration.
pub(super) fn is_module_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    MODULE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether any configuration file has a path with more `..` in it than there are directories around it.
///
/// The text is looked at, not the language, comments included: what is kept in vain costs a few bytes, what is missing breaks
/// the module.
pub(super) fn escapes<S: Read + Seek>(
    files: &Files<'_>,
    spooled: &mut Spooled<S>,
) -> Result<bool, PackageError> {
    let mut buffer = vec![0; COPY_BYTES];
    for (path, file) in files.iter().filter(|(path, _)| is_module_file(path)) {
        let mut scan = Scan::new(path.matches('/').count());
        let mut content = spooled.open(file)?;
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(PackageError::Scratch)?,
            };
            scan.read(buffer.get(..count).unwrap_or_default());
        }
        if scan.finish() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What the current component of a path is so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Component {
    Empty,
    Dot,
    DotDot,
    Other,
    /// Behind a backslash, which separates components or begins an escape.
    Backslash,
}

/// Counts the `..` of each path in a text.
pub(super) struct Scan {
    depth: usize,
    component: Component,
    parents: usize,
    escapes: bool,
}

impl Scan {
    /// For a file with this many directories around it.
    pub(super) fn new(depth: usize) -> Self {
        Self {
            depth,
            component: Component::Empty,
            parents: 0,
            escapes: false,
        }
    }

    pub(super) fn read(&mut self, text: &[u8]) {
        for byte in text {
            self.byte(*byte);
        }
    }

    pub(super) fn finish(mut self) -> bool {
        self.end_component(Component::Empty);
        self.escapes
    }

    fn byte(&mut self, byte: u8) {
        match byte {
            b'.' => {
                self.component = match self.component {
                    Component::Empty | Component::Backslash => Component::Dot,
                    Component::Dot => Component::DotDot,
                    Component::DotDot | Component::Other => Component::Other,
                };
            }
            // The value of a `${…}` may end in a slash, or begin with one.
            b'/' | b'$' | b'%' | b'{' | b'}' => self.end_component(Component::Empty),
            b'\\' => self.end_component(Component::Backslash),
            b'n' | b'r' | b't' if self.component == Component::Backslash => {
                self.component = Component::Empty;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']'
            | b',' | b';' | b':' | b'=' | b'<' | b'>' | b'|' | b'&' => {
                self.end_component(Component::Empty);
                self.parents = 0;
            }
            _ => {
                // Not a `..`, whatever comes: a name that begins with dots.
                self.component = Component::Other;
            }
        }
    }

    fn end_component(&mut self, next: Component) {
        if self.component == Component::DotDot {
            self.parents += 1;
            self.escapes |= self.parents > self.depth;
        }
        self.component = next;
    }
}
