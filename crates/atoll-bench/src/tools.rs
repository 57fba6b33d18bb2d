//! Other people's clients: curl, wrk, openssl.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::process::Command;

use crate::sample::Done;

/// How curl reaches a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Curl<'a> {
    /// `--http1.1` or `--http2`.
    pub(crate) version: &'static str,
    /// The authority to trust.
    pub(crate) ca: &'a Path,
    /// An `Authorization` header, where one is needed.
    pub(crate) authorization: Option<&'a str>,
}

impl Curl<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new("curl");
        command
            .args([
                "--silent",
                "--show-error",
                "--fail",
                "--noproxy",
                "*",
                self.version,
                "--cacert",
            ])
            .arg(self.ca);
        if let Some(value) = self.authorization {
            command.args(["--header", &format!("Authorization: {value}")]);
        }
        command
    }

    /// Downloads a URL some times over one connection and throws the bytes away.
    pub(crate) async fn download(&self, url: &str, times: usize) -> Result<Done> {
        let mut command = self.command();
        command.args(["--write-out", "%{size_download}\n"]);
        for _ in 0..times {
            command.args(["--output", "/dev/null", url]);
        }
        let output = run(&mut command).await?;
        let sizes: Vec<u64> = output
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect();
        ensure!(
            sizes.len() == times,
            "curl downloaded {} of {times} times: {output}",
            sizes.len()
        );
        Ok(Done {
            bytes: sizes.iter().sum(),
            requests: sizes.len() as u64,
            p99_millis: 0.0,
        })
    }

    /// Downloads a URL over many connections at once, each at a limited rate, until the time is up.
    pub(crate) async fn crawl(
        &self,
        url: &str,
        clients: usize,
        rate: &str,
        seconds: u64,
    ) -> Result<Done> {
        let mut command = self.command();
        command.args([
            "--parallel",
            "--parallel-immediate",
            "--parallel-max",
            &clients.to_string(),
        ]);
        command.args([
            "--limit-rate",
            rate,
            "--max-time",
            &seconds.to_string(),
            "--write-out",
            "%{size_download}\n",
        ]);
        for _ in 0..clients {
            command.args(["--output", "/dev/null", url]);
        }
        // The end of the time is an error to curl, and what is wanted here.
        let output = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .output()
            .await
            .context("failed to run curl")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let sizes: Vec<u64> = text
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect();
        ensure!(
            sizes.iter().all(|size| *size > 0) && sizes.len() == clients,
            "some of {clients} slow clients got nothing: {text}"
        );
        Ok(Done {
            bytes: sizes.iter().sum(),
            requests: clients as u64,
            p99_millis: 0.0,
        })
    }
}

/// Asks for a URL over and over on some connections.
pub(crate) async fn wrk(
    url: &str,
    connections: usize,
    seconds: u64,
    authorization: Option<&str>,
) -> Result<Done> {
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--latency"]);
    command.args([
        "--connections",
        &connections.to_string(),
        "--duration",
        &format!("{seconds}s"),
        "--header",
        crate::http1::ACCEPT,
    ]);
    if let Some(value) = authorization {
        command.args(["--header", &format!("Authorization: {value}")]);
    }
    let output = run(command.arg(url)).await?;
    if let Some(line) = output
        .lines()
        .find(|line| line.contains("Non-2xx") || line.contains("Socket errors"))
    {
        bail!("wrk {url}: {}", line.trim());
    }
    let requests = output
        .lines()
        .find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok());
    let p99 = output.lines().find_map(|line| {
        line.trim()
            .strip_prefix("99%")
            .and_then(|text| millis(text.trim()))
    });
    let (Some(requests), Some(p99_millis)) = (requests, p99) else {
        bail!("wrk said something else: {output}")
    };
    Ok(Done {
        bytes: 0,
        requests,
        p99_millis,
    })
}

/// A time as wrk writes it.
fn millis(text: &str) -> Option<f64> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// How many bytes OpenSSL hashes in a second on one core.
pub(crate) async fn openssl_sha256() -> Result<f64> {
    let mut command = Command::new("openssl");
    let output = run(command.args([
        "speed", "-seconds", "3", "-evp", "sha256", "-bytes", "1048576",
    ]))
    .await?;
    let last = output
        .lines()
        .rfind(|line| line.to_ascii_lowercase().starts_with("sha256"));
    let thousands = last.and_then(|line| {
        line.split_ascii_whitespace()
            .last()?
            .strip_suffix('k')?
            .parse::<f64>()
            .ok()
    });
    Ok(thousands.with_context(|| format!("openssl speed said something else: {output}"))? * 1000.0)
}

/// A key and a certificate for `localhost` that it signed itself; both servers show the same.
pub(crate) async fn self_signed(certificate: &Path, key: &Path) -> Result<()> {
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]);
    command.args([
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
    ]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    run(command.arg("-out").arg(certificate).arg("-keyout").arg(key))
        .await
        .map(drop)
}

/// Runs a program to its end and returns what it printed.
pub(crate) async fn run(command: &mut Command) -> Result<String> {
    let shown = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let output = command
        .kill_on_drop(true)
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("failed to run {shown}"))?;
    ensure!(
        output.status.success(),
        "{shown} failed with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
