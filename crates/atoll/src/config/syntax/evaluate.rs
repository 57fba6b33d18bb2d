//! Values: literals, lists, text with interpolations, and the functions `env` and `file`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hcl_edit::expr::{Expression, FuncCall};
use hcl_edit::template::{Element, Template};
use hcl_edit::{Number, Span as _};

use super::super::env::Environment;
use super::super::error::ConfigError;
use super::source::{SourceText, read_text};
use super::suggest::closest;

/// The functions that values can call.
const FUNCTIONS: [&str; 2] = ["env", "file"];

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(in crate::config) struct Value {
    pub(in crate::config) span: Range<usize>,
    pub(in crate::config) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(in crate::config) enum Kind {
    /// As good as left out.
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
}

impl Kind {
    /// What it is, for people.
    pub(in crate::config) fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
        }
    }
}

/// What expressions are evaluated in.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) source: &'a SourceText,
    pub(super) environment: &'a Environment,
}

impl Evaluator<'_> {
    /// Evaluates an expression that is written at `around` or inside of it.
    pub(super) fn evaluate(
        self,
        expression: &Expression,
        around: &Range<usize>,
    ) -> Result<Value, ConfigError> {
        let span = expression.span().unwrap_or_else(|| around.clone());
        let kind = match expression {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(value) => Kind::Bool(*value.value()),
            Expression::Number(value) => Kind::Number(*value.value()),
            Expression::String(value) => Kind::Text(value.value().clone()),
            Expression::Array(values) => Kind::List(
                values
                    .iter()
                    .map(|value| self.evaluate(value, &span))
                    .collect::<Result<_, _>>()?,
            ),
            Expression::StringTemplate(template) => Kind::Text(self.text(template.iter(), &span)?),
            Expression::HeredocTemplate(heredoc) => {
                Kind::Text(self.text(dedented(heredoc).iter(), &span)?)
            }
            Expression::Parenthesis(inner) => self.evaluate(inner.inner(), &span)?.kind,
            Expression::FuncCall(call) => Kind::Text(self.call(call, &span)?),
            Expression::UnaryOp(_) => self.number(expression, &span)?,
            other => return Err(self.unsupported(other, &span)),
        };
        Ok(Value { span, kind })
    }

    /// Negative numbers are an operation on a number.
    fn number(self, expression: &Expression, span: &Range<usize>) -> Result<Kind, ConfigError> {
        let written = self.source.text.get(span.clone()).unwrap_or_default();
        match written.parse::<i64>() {
            Ok(number) => Ok(Kind::Number(number.into())),
            Err(_) => Err(self.unsupported(expression, span)),
        }
    }

    fn text<'e>(
        self,
        elements: impl Iterator<Item = &'e Element>,
        span: &Range<usize>,
    ) -> Result<String, ConfigError> {
        let mut text = String::new();
        for element in elements {
            match element {
                Element::Literal(literal) => text.push_str(literal.value()),
                Element::Interpolation(interpolation) => {
                    let value = self.evaluate(&interpolation.expr, span)?;
                    match &value.kind {
                        Kind::Text(inner) => text.push_str(inner),
                        Kind::Bool(inner) => text.push_str(&inner.to_string()),
                        Kind::Number(inner) => text.push_str(&inner.to_string()),
                        kind @ (Kind::Null | Kind::List(_)) => {
                            let message = format!("{} can't stand inside text", kind.name());
                            return Err(self.source.error(&value.span, message));
                        }
                    }
                }
                Element::Directive(directive) => {
                    let span = directive.span().unwrap_or_else(|| span.clone());
                    return Err(self
                        .source
                        .error(&span, "directives can't be used in a configuration"));
                }
            }
        }
        Ok(text)
    }

    fn call(self, call: &FuncCall, span: &Range<usize>) -> Result<String, ConfigError> {
        let name = call.name.name.as_str();
        if call.name.is_namespaced() {
            return Err(self.source.error(
                span,
                "there are no functions with `::`, only `env` and `file`",
            ));
        }
        if !FUNCTIONS.contains(&name) {
            let hint = closest(name, FUNCTIONS).map_or_else(
                || "there are `env` and `file`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(self
                .source
                .error(span, format!("unknown function `{name}`: {hint}")));
        }
        let [argument] = call.args.iter().collect::<Vec<_>>()[..] else {
            let message = format!(
                "`{name}` takes one argument, not {}",
                call.args.iter().count()
            );
            return Err(self.source.error(span, message));
        };
        let argument = self.evaluate(argument, span)?;
        let Kind::Text(text) = &argument.kind else {
            let message = format!("`{name}` takes text, not {}", argument.kind.name());
            return Err(self.source.error(&argument.span, message));
        };
        let result = if name == "env" {
            self.variable(text)
        } else {
            self.file(text)
        };
        result.map_err(|message| self.source.error(&argument.span, message))
    }

    fn variable(self, name: &str) -> Result<String, String> {
        self.environment
            .variable(name)
            .ok_or_else(|| format!("the environment variable {name:?} is not set"))
    }

    /// A file's text without the newline that editors put at its end.
    fn file(self, path: &str) -> Result<String, String> {
        let path = resolve(self.source, Path::new(path));
        let text = read_text(&path)
            .map_err(|reason| format!("failed to read {}: {reason}", path.display()))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
    }

    fn unsupported(self, expression: &Expression, span: &Range<usize>) -> ConfigError {
        let message = match expression {
            Expression::Variable(name) => {
                format!(
                    "`{}` is not known here: text stands in quotes, and there are no variables",
                    name.as_str()
                )
            }
            Expression::Object(_) => "an object in braces can't be a value here".to_owned(),
            _ => {
                "only plain values, lists, text, `env(…)` and `file(…)` can be used here".to_owned()
            }
        };
        self.source.error(span, message)
    }
}

/// A path as it is written in a file: relative ones begin at the file's directory.
pub(in crate::config) fn resolve(source: &SourceText, path: &Path) -> PathBuf {
    source.directory().join(path)
}

fn dedented(heredoc: &hcl_edit::template::HeredocTemplate) -> Template {
    let mut heredoc = heredoc.clone();
    if heredoc.indent().is_some() {
        heredoc.dedent();
    }
    heredoc.template
}
