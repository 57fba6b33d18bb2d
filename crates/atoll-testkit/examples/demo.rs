//! The main job, shown: a provider made and signed on the spot is published to an Atoll that was started with no configuration,
//! and the stock `terraform` installs it through the mirror. `make demo` runs it.

#![expect(clippy::print_stdout, reason = "showing is all it does")]
#![expect(
    clippy::disallowed_methods,
    reason = "the demonstration reads PATH, and its first argument"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use atoll_testkit::{keys, zips};

/// How long the server may take until it answers, in seconds.
const START_SECS: u64 = 20;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let Some(program) = std::env::args().nth(1) else {
        println!("usage: demo PATH-OF-ATOLL; `make demo` builds it and passes its path");
        return ExitCode::from(2);
    };
    match demonstrate(&fs::canonicalize(program).unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nThe demonstration failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demonstrate(atoll: &Path) -> Outcome {
    let dir = tempfile::tempdir()?;
    let mut server = Server::start(atoll, dir.path())?;
    println!("1. An Atoll with no configuration: {}", server.url);

    let dist = release(dir.path())?;
    println!("2. A provider release, made and signed on the spot:");
    for entry in fs::read_dir(&dist)? {
        println!("     {}", entry?.file_name().to_string_lossy());
    }
    let key = dir.path().join("publisher.asc");
    server.atoll(&[
        "provider",
        "key",
        "add",
        "acme",
        key.to_str().unwrap_or_default(),
    ])?;
    server.atoll(&[
        "provider",
        "publish",
        dist.to_str().unwrap_or_default(),
        "--address",
        "acme/demo",
        "--version",
        "1.2.3",
    ])?;
    let token = server.atoll(&[
        "token",
        "create",
        "--name",
        "demo",
        "--scope",
        "pull:providers/*",
    ])?;
    println!("3. It is published, with the publisher's signature checked:");
    print!("{}", indented(&server.atoll(&["list"])?));

    server.requests();
    let ca = dir.path().join("ca.pem");
    fs::write(&ca, server.atoll(&["ca", "export"])?)?;
    let workspace = Workspace::new(dir.path(), &server, token.trim(), &ca)?;
    if let Some(terraform) = find_terraform() {
        println!("4. The stock terraform installs it through the mirror:");
        print!("{}", indented(&workspace.init(&terraform)?));
    } else {
        println!(
            "4. There is no terraform on PATH, so a small client of our own asks what it would ask:"
        );
        print!("{}", indented(&small_client(&server, token.trim(), &ca)?));
    }
    println!("5. What was asked and answered:");
    for line in server.requests() {
        println!("     {line}");
    }
    server.stop()?;
    println!("{HOW_TO_GO_ON}");
    Ok(())
}

const HOW_TO_GO_ON: &str = "
How to go on:
  target/debug/atoll serve                          an Atoll that stays: https://127.0.0.1:8443
  target/debug/atoll ca export > atoll-ca.pem       the authority that clients must trust (SSL_CERT_FILE=atoll-ca.pem)
  target/debug/atoll token create --name me --scope 'pull:*'
and in ~/.terraformrc:
  provider_installation {
    network_mirror { url = \"https://localhost:8443/mirror/\" }
  }
  credentials \"localhost:8443\" { token = \"THE TOKEN\" }
README.md has the rest.";

/// A running server, and the lines that it logs.
struct Server {
    atoll: PathBuf,
    home: PathBuf,
    child: Child,
    url: String,
    lines: Receiver<String>,
}

impl Server {
    fn start(atoll: &Path, dir: &Path) -> Outcome<Self> {
        // There is no configuration; only its data goes to a directory that vanishes with the demonstration.
        let home = dir.join("home");
        fs::create_dir(&home)?;
        let mut command = Command::new(atoll);
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(&home);
        isolate(&mut command, &home);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child
            .stderr
            .take()
            .ok_or("the server has no standard error")?;
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut server = Self {
            atoll: atoll.to_owned(),
            home,
            child,
            url: String::new(),
            lines,
        };
        server.url = server.wait_for_url()?;
        Ok(server)
    }

    fn wait_for_url(&mut self) -> Outcome<String> {
        let mut seen = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(START_SECS)) {
            if let Some(at) = line.find("https://127.0.0.1:") {
                let url: String = line
                    .chars()
                    .skip(at)
                    .take_while(|c| !c.is_whitespace() && *c != ',')
                    .collect();
                return Ok(url.trim_end_matches('/').replace("127.0.0.1", "localhost"));
            }
            seen.push(line);
        }
        Err(format!("the server did not start:\n{}", seen.join("\n")).into())
    }

    /// Runs a command of the same installation; it finds the server by its socket.
    fn atoll(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new(&self.atoll);
        command.args(arguments).current_dir(&self.home);
        isolate(&mut command, &self.home);
        let output = command.output()?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?)
        } else {
            Err(format!(
                "atoll {}: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            )
            .into())
        }
    }

    /// The requests that were logged since the last look.
    fn requests(&self) -> Vec<String> {
        let logged: Vec<String> =
            std::iter::from_fn(|| self.lines.recv_timeout(Duration::from_millis(200)).ok())
                .collect();
        let request = |line: &String| {
            let at = ["GET /", "HEAD /"]
                .iter()
                .find_map(|start| line.find(start))?;
            let text: String = line.chars().skip(at).collect();
            Some(text.split(" http.").next().unwrap_or_default().to_owned())
        };
        logged.iter().filter_map(request).collect()
    }

    fn stop(&mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.stop();
    }
}

/// A Terraform configuration that needs the provider, and the client configuration that leads to the mirror.
struct Workspace {
    dir: PathBuf,
    ca: PathBuf,
}

impl Workspace {
    fn new(dir: &Path, server: &Server, token: &str, ca: &Path) -> Outcome<Self> {
        let workspace = dir.join("workspace");
        fs::create_dir(&workspace)?;
        let host = server.url.trim_start_matches("https://");
        fs::write(
            workspace.join("main.tf"),
            "terraform {\n  required_providers {\n    demo = {\n      source  = \"atoll.internal/acme/demo\"\n      version = \"1.2.3\"\n    }\n  }\n}\n",
        )?;
        fs::write(
            workspace.join("client.tfrc"),
            format!(
                "disable_checkpoint = true\nprovider_installation {{\n  network_mirror {{ url = \"{}/mirror/\" }}\n}}\ncredentials \"{host}\" {{\n  token = \"{token}\"\n}}\n",
                server.url
            ),
        )?;
        Ok(Self {
            dir: workspace,
            ca: ca.to_owned(),
        })
    }

    fn init(&self, terraform: &Path) -> Outcome<String> {
        let output = Command::new(terraform)
            .args(["init", "-no-color"])
            .current_dir(&self.dir)
            .env("TF_CLI_CONFIG_FILE", self.dir.join("client.tfrc"))
            .env("SSL_CERT_FILE", &self.ca)
            .env("CHECKPOINT_DISABLE", "1")
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            Ok(text)
        } else {
            Err(format!(
                "terraform init: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into())
        }
    }
}

/// Asks what terraform asks: the list, the version, the zip.
fn small_client(server: &Server, token: &str, ca: &Path) -> Outcome<String> {
    let pem = fs::read(ca)?;
    let url = server.url.clone();
    let token = token.to_owned();
    tokio::runtime::Runtime::new()?.block_on(async move {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([reqwest::Certificate::from_pem(&pem)?]).build()?;
        let base = format!("{url}/mirror/atoll.internal/acme/demo");
        let list = http.get(format!("{base}/index.json")).bearer_auth(&token).send().await?.error_for_status()?.text().await?;
        let version = http.get(format!("{base}/1.2.3.json")).bearer_auth(&token).send().await?.error_for_status()?;
        let version: serde_json::Value = serde_json::from_slice(&version.bytes().await?)?;
        let path = version.pointer("/archives/linux_amd64/url").and_then(|url| url.as_str()).unwrap_or_default().to_owned();
        let zip = http.get(format!("{url}{path}")).send().await?.error_for_status()?.bytes().await?;
        let hashes = version.pointer("/archives/linux_amd64/hashes").map(ToString::to_string).unwrap_or_default();
        let fits = hashes.contains(&zips::sha256_hex(&zip));
        Ok(format!("index.json: {list}\n1.2.3.json: hashes {hashes}\nzip: {} bytes, its hash fits: {fits}\n", zip.len()))
    })
}

/// A release directory as release tools write it: zips, sums, and a detached signature.
fn release(dir: &Path) -> Outcome<PathBuf> {
    let dist = dir.join("dist");
    fs::create_dir(&dist)?;
    let mut sums = String::new();
    for platform in ["linux_amd64", "darwin_arm64"] {
        let zip = zips::provider("demo", "1.2.3", platform);
        let name = format!("terraform-provider-demo_1.2.3_{platform}.zip");
        writeln!(sums, "{}  {name}", zips::sha256_hex(&zip))?;
        fs::write(dist.join(name), &zip)?;
    }
    let key = keys::publisher_key();
    let signature = key.sign_detached(sums.as_bytes(), keys::TEST_TIME)?;
    fs::write(dist.join("terraform-provider-demo_1.2.3_SHA256SUMS"), sums)?;
    fs::write(
        dist.join("terraform-provider-demo_1.2.3_SHA256SUMS.sig"),
        signature,
    )?;
    fs::write(dir.join("publisher.asc"), key.public_armored()?)?;
    Ok(dist)
}

/// Nothing of the caller's own installation may be touched.
fn isolate(command: &mut Command, home: &Path) {
    for variable in [
        "ATOLL_CONFIG",
        "ATOLL_SERVER",
        "ATOLL_TOKEN",
        "ATOLL_CA",
        "ATOLL_LOG",
    ] {
        command.env_remove(variable);
    }
    command
        .env("HOME", home)
        .env("ATOLL_DATA_DIR", home.join("data"));
}

fn find_terraform() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join("terraform"))
        .find(|program| program.is_file())
}

fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        indented.push_str("     ");
        indented.push_str(line);
        indented.push('\n');
    }
    indented
}
