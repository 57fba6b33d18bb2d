//! The facts of a part, gathered from its files.

use std::collections::BTreeMap;

use super::super::model::{
    DIAGNOSTICS_MAX, Diagnostic, FACTS_MAX, Input, ModuleCall, Output, Part, Resource, ResourceMode,
};
use super::super::syntax::Block;
use super::providers::Providers;
use crate::excerpt::excerpt;

/// The longest message of a diagnostic, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// The facts of a part, gathered from its files.
pub(in super::super) struct Facts {
    part: Part,
    providers: Providers,
    /// Where in the part's lists a thing that was declared is.
    declared: BTreeMap<(Kind, String), usize>,
    file: String,
    is_override: bool,
    is_full: bool,
}

/// What has a name of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Input,
    Output,
    Call,
}

impl Facts {
    pub(in super::super) fn new(part: Part) -> Self {
        Self {
            part,
            providers: Providers::default(),
            declared: BTreeMap::new(),
            file: String::new(),
            is_override: false,
            is_full: false,
        }
    }

    /// What follows is in that file.
    pub(in super::super) fn begin(&mut self, file: String, is_override: bool) {
        self.file = file;
        self.is_override = is_override;
    }

    /// Notes a problem in the file that is being read.
    pub(in super::super) fn report(&mut self, line: Option<u32>, message: &str) {
        if self.part.diagnostics.len() < DIAGNOSTICS_MAX {
            self.part.diagnostics.push(Diagnostic {
                file: self.file.clone(),
                line,
                message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
            });
        }
    }

    /// Notes a problem of a block. Its line is only counted where it is shown.
    fn report_block(&mut self, block: &Block<'_>, text: &str, message: &str) {
        if self.part.diagnostics.len() < DIAGNOSTICS_MAX {
            self.report(block.line(text), message);
        }
    }

    /// Adds what a block declares.
    pub(in super::super) fn add(&mut self, block: &Block<'_>, text: &str) {
        if self.count() >= FACTS_MAX {
            if !std::mem::replace(&mut self.is_full, true) {
                let message = format!("there are more than {FACTS_MAX} declarations");
                self.report_block(block, text, &message);
            }
            return;
        }
        match block.kind.as_ref() {
            "variable" => self.add_input(block, text),
            "output" => self.add_output(block, text),
            "module" => self.add_call(block, text),
            "resource" => self.add_resource(block, ResourceMode::Managed),
            "data" => self.add_resource(block, ResourceMode::Data),
            "ephemeral" => self.add_resource(block, ResourceMode::Ephemeral),
            "action" => self.providers.imply_by_type(block),
            "check" => block
                .inner("data")
                .for_each(|data| self.add_resource(data, ResourceMode::Data)),
            "provider" => self.providers.configure(block),
            "terraform" => self.add_settings(block),
            _ => {}
        }
    }

    /// What was gathered.
    pub(in super::super) fn finish(mut self) -> Part {
        self.part.providers = self.providers.finish();
        self.part
    }

    fn count(&self) -> usize {
        let part = &self.part;
        part.inputs.len()
            + part.outputs.len()
            + part.resources.len()
            + part.module_calls.len()
            + part.required_core.len()
            + self.providers.len()
    }

    fn add_input(&mut self, block: &Block<'_>, text: &str) {
        let next = self.part.inputs.len();
        let Some((at, name)) = self.place(Kind::Input, block, next, text) else {
            return;
        };
        if at == next {
            self.part.inputs.push(Input::named(name));
        }
        if let Some(input) = self.part.inputs.get_mut(at) {
            input.apply(block);
        }
    }

    fn add_output(&mut self, block: &Block<'_>, text: &str) {
        let next = self.part.outputs.len();
        let Some((at, name)) = self.place(Kind::Output, block, next, text) else {
            return;
        };
        if at == next {
            self.part.outputs.push(Output::named(name));
        }
        if let Some(output) = self.part.outputs.get_mut(at) {
            output.apply(block);
        }
    }

    fn add_call(&mut self, block: &Block<'_>, text: &str) {
        let next = self.part.module_calls.len();
        let Some((at, name)) = self.place(Kind::Call, block, next, text) else {
            return;
        };
        if at == next {
            self.part.module_calls.push(ModuleCall::named(name));
        }
        if let Some(call) = self.part.module_calls.get_mut(at) {
            call.apply(block);
        }
    }

    /// Where the named thing is in its list: at `next` if it is new. What is declared twice, outside of an override, is
    /// reported, and merged all the same.
    fn place(
        &mut self,
        kind: Kind,
        block: &Block<'_>,
        next: usize,
        text: &str,
    ) -> Option<(usize, String)> {
        let Some(name) = block.labels.first().filter(|name| !name.is_empty()) else {
            let message = format!("a {} block must have a name", block.kind);
            self.report_block(block, text, &message);
            return None;
        };
        let name = name.clone().into_owned();
        let Some(at) = self.declared.get(&(kind, name.clone())).copied() else {
            self.declared.insert((kind, name.clone()), next);
            return Some((next, name));
        };
        if !self.is_override {
            let message = format!("{} {:?} is declared twice", block.kind, excerpt(&name));
            self.report_block(block, text, &message);
        }
        Some((at, name))
    }

    fn add_resource(&mut self, block: &Block<'_>, mode: ResourceMode) {
        let [type_, name, ..] = block.labels.as_slice() else {
            return;
        };
        self.providers.imply_by_type(block);
        let resource = Resource {
            mode,
            type_: type_.clone().into_owned(),
            name: name.clone().into_owned(),
        };
        // An override changes arguments, which are not kept.
        if !(self.is_override && self.part.resources.contains(&resource)) {
            self.part.resources.push(resource);
        }
    }

    fn add_settings(&mut self, block: &Block<'_>) {
        if let Some(version) = block.get("required_version") {
            if self.is_override {
                self.part.required_core.clear();
            }
            self.part.required_core.push(version.text_or_source());
        }
        for required in block.inner("required_providers") {
            self.providers.require(required);
        }
    }
}
