//! Logs: lines for people or for machines, on stderr.

mod lines;
mod requests;

use std::io::{self, IsTerminal as _};

use anyhow::Context as _;
use tracing::Dispatch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

pub(crate) use self::lines::{hold_no_more, write_held};
use self::requests::RequestLines;
use crate::config::{LogFormat, LogSettings};

/// Begins to log. Called once, before anything else is done.
pub(crate) fn init(settings: &LogSettings) -> anyhow::Result<()> {
    let dispatch = dispatch(settings, &lines::STDERR, io::stderr().is_terminal())?;
    tracing::dispatcher::set_global_default(dispatch)
        .context("failed to begin to log: something logs already")
}

fn dispatch<W>(settings: &LogSettings, writer: W, is_terminal: bool) -> anyhow::Result<Dispatch>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&settings.level)
        .with_context(|| format!("{:?} is not a log level", settings.level))?;
    let builder = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_env_filter(filter);
    let format = settings.format;
    Ok(match format {
        LogFormat::Text => {
            let builder = builder.with_ansi(is_terminal);
            let lines = builder.map_event_format(|others| RequestLines { format, others });
            Dispatch::new(lines.finish())
        }
        // One flat object a line: what collectors make fields of.
        LogFormat::Json => {
            let builder = builder.json().flatten_event(true);
            let lines = builder.map_event_format(|others| RequestLines { format, others });
            Dispatch::new(lines.finish())
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let settings = LogSettings {
            format,
            level: level.to_owned(),
        };
        let dispatch = dispatch(&settings, move || writer.clone(), false).unwrap();
        tracing::dispatcher::with_default(&dispatch, || {
            tracing::info!(repository.name = "acme/app", "pushed");
            tracing::debug!("detail");
            let path = "/v2/a\"b\u{e9}";
            tracing::info!(
                target: atoll_server::REQUEST_LINES,
                {
                    request.id = %"a-1",
                    http.path = path,
                    http.status = 200_u16,
                    http.seconds = 0.000_122_9,
                    cache = "a\u{9b}\n",
                },
                "answered"
            );
        });
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_is_for_people() {
        let text = logged(LogFormat::Text, "info");
        assert!(
            text.contains("INFO") && text.contains("pushed repository.name=\"acme/app\""),
            "{text}"
        );
        let request = r#" INFO atoll::request: answered request.id=a-1 http.path="/v2/a\"bé" http.status=200 http.seconds=0.000123 cache="a\u{9b}\n""#;
        assert!(text.lines().any(|line| line.ends_with(request)), "{text}");
        assert!(
            !text.contains("detail") && !text.contains('\u{1b}'),
            "{text}"
        );
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = logged(LogFormat::Json, "info,atoll=debug");
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines[0]["message"], "pushed");
        assert_eq!(lines[0]["repository.name"], "acme/app");
        assert_eq!(lines[0]["level"], "INFO");
        let request = lines.last().unwrap();
        assert_eq!(request["message"], "answered");
        assert_eq!(request["level"], "INFO");
        assert_eq!(request["target"], "atoll::request");
        assert_eq!(request["request.id"], "a-1");
        assert_eq!(request["cache"], "a\u{9b}\n");
        assert_eq!(request["http.path"], "/v2/a\"bé");
        assert_eq!(request["http.status"], 200);
        assert_eq!(request["http.seconds"], 0.000_123);
        assert!(request["timestamp"].is_string());
    }

    #[test]
    fn levels_select_and_nonsense_is_refused() {
        assert_eq!(logged(LogFormat::Text, "error"), "");
        assert_eq!(logged(LogFormat::Text, "trace").lines().count(), 3);
        let settings = LogSettings {
            format: LogFormat::Text,
            level: "=".to_owned(),
        };
        assert!(dispatch(&settings, io::stderr, false).is_err());
    }
}
