//! What requests have to do with lines of the log. There is a line for each request, and the general formatter takes as long for it
//! as a small answer takes: these are written field by field, in the shape that it gives to all other lines. Other lines that are
//! written by the task that answers a request get its id as a field at their end.

use std::fmt::{self, Debug};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::LogFormat;

/// Writes the lines of requests, and leaves all others to the general formatter.
pub(super) struct RequestLines<F> {
    pub(super) format: LogFormat,
    pub(super) others: F,
}

impl<F> RequestLines<F> {
    /// Any other line, with the id of the request that this task answers; such a line has no colours of its own.
    fn other_line<S, N>(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result
    where
        F: FormatEvent<S, N>,
        S: Subscriber + for<'s> LookupSpan<'s>,
        N: for<'w> FormatFields<'w> + 'static,
    {
        let Some(id) = atoll_server::current_request_id() else {
            return self.others.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.others
            .format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match (self.format, line.strip_suffix('}')) {
            (LogFormat::Json, Some(open)) => writeln!(writer, "{open},\"request.id\":\"{id}\"}}"),
            _ => writeln!(writer, "{line} request.id={id}"),
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for RequestLines<F>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        if metadata.target() != atoll_server::REQUEST_LINES {
            return self.other_line(context, writer, event);
        }
        if writer.has_ansi_escapes() {
            return self.others.format_event(context, writer, event);
        }
        let (level, target) = (metadata.level(), metadata.target());
        let is_json = self.format == LogFormat::Json;
        if is_json {
            writer.write_str("{\"timestamp\":\"")?;
        }
        SystemTime.format_time(&mut writer)?;
        if is_json {
            write!(writer, "\",\"level\":\"{level}\",\"target\":\"{target}\"")?;
        } else {
            write!(writer, " {level:>5} {target}:")?;
        }
        let mut fields = Fields {
            writer,
            is_json,
            outcome: Ok(()),
        };
        event.record(&mut fields);
        fields.outcome?;
        fields.writer.write_str(if is_json { "}\n" } else { "\n" })
    }
}

/// Writes fields one after the other, until that fails.
struct Fields<'w> {
    writer: Writer<'w>,
    is_json: bool,
    outcome: fmt::Result,
}

impl Fields<'_> {
    /// Writes a field's name and, by that, its value.
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.outcome.is_ok() {
            self.outcome = self
                .begin(field.name())
                .and_then(|()| value(&mut self.writer));
        }
    }

    fn begin(&mut self, name: &str) -> fmt::Result {
        let (before, name, after) = match (self.is_json, name) {
            (true, name) => (",\"", name, "\":"),
            (false, "message") => (" ", "", ""),
            (false, name) => (" ", name, "="),
        };
        self.writer.write_str(before)?;
        self.writer.write_str(name)?;
        self.writer.write_str(after)
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_json = self.is_json;
        self.write(field, |writer| {
            if value.bytes().all(is_plain) {
                writer.write_char('"')?;
                writer.write_str(value)?;
                writer.write_char('"')
            } else if is_json {
                write!(writer, "{}", serde_json::Value::from(value))
            } else {
                write!(writer, "{value:?}")
            }
        });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    /// Seconds, to the microsecond.
    fn record_f64(&mut self, field: &Field, value: f64) {
        let rounded = value + 0.000_000_5;
        let time = Duration::try_from_secs_f64(rounded).unwrap_or_default();
        let (secs, micros) = (time.as_secs(), time.subsec_micros());
        self.write(field, |writer| write!(writer, "{secs}.{micros:06}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if self.is_json {
            self.record_str(field, &format!("{value:?}"));
        } else {
            self.write(field, |writer| write!(writer, "{value:?}"));
        }
    }
}

/// Whether a byte stands for itself between quotes, in a line for people and in JSON.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')
}
