//! nginx with sendfile and TLS 1.3: what serves files in most places.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::{Running, free_address};

/// A running nginx that serves the files of a directory.
pub(crate) struct Nginx {
    pub(crate) running: Running,
    /// Where it speaks plain HTTP/1.
    pub(crate) plain: SocketAddr,
    /// Where it speaks TLS.
    pub(crate) tls: SocketAddr,
    root: PathBuf,
}

impl Nginx {
    /// Starts it in a directory, with this certificate and key.
    pub(crate) async fn start(dir: &Path, certificate: &Path, key: &Path) -> Result<Self> {
        let dir = dir.join("nginx");
        let root = dir.join("root");
        std::fs::create_dir_all(&root)
            .with_context(|| format!("failed to make {}", root.display()))?;
        let (plain, tls) = (free_address()?, free_address()?);
        let file = dir.join("nginx.conf");
        std::fs::write(&file, configuration(&dir, plain, tls, certificate, key))?;
        let mut command = Command::new("nginx");
        command
            .arg("-e")
            .arg(dir.join("error.log"))
            .arg("-c")
            .arg(&file);
        let running = Running::start(command, &dir.join("log"), plain, None).await?;
        Ok(Self {
            running,
            plain,
            tls,
            root,
        })
    }

    /// Serves a file of the same file system under a name.
    pub(crate) fn add_file(&self, name: &str, file: &Path) -> Result<()> {
        let to = self.root.join(name);
        std::fs::hard_link(file, &to).or_else(|_| std::fs::copy(file, &to).map(drop))?;
        Ok(())
    }

    /// Serves bytes under a name.
    pub(crate) fn add(&self, name: &str, bytes: &[u8]) -> Result<()> {
        Ok(std::fs::write(self.root.join(name), bytes)?)
    }
}

/// Debian's settings, and connections that live as long as the run; an access log, as Atoll has one.
fn configuration(
    dir: &Path,
    plain: SocketAddr,
    tls: SocketAddr,
    certificate: &Path,
    key: &Path,
) -> String {
    let dir = dir.display();
    let (certificate, key) = (certificate.display(), key.display());
    // Only a server that is started by root may choose whom its workers run as; they must reach the files.
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        "daemon off;
{user}
worker_processes auto;
pid {dir}/pid;
events {{ worker_connections 1024; }}
http {{
  sendfile on;
  tcp_nopush on;
  types {{ application/json json; application/zip zip; }}
  default_type application/octet-stream;
  access_log {dir}/access.log;
  error_log {dir}/error.log;
  keepalive_requests 100000000;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{
    listen {plain};
    listen {tls} ssl http2;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    root {dir}/root;
  }}
}}
"
    )
}
