//! The command that git runs for ssh.

use std::path::Path;

use atoll_core::getter::SshAddress;

use super::settings::GitSettings;

/// A setting that can't be used, and why.
pub(super) struct Unusable {
    pub(super) key: &'static str,
    pub(super) why: &'static str,
}

/// What keeps ssh from asking, learning, and going anywhere else.
const OPTIONS: [&str; 17] = [
    "BatchMode=yes",
    "CanonicalizeHostname=no",
    "CheckHostIP=no",
    "ClearAllForwardings=yes",
    "ControlPath=none",
    "GSSAPIAuthentication=no",
    "GlobalKnownHostsFile=/dev/null",
    "HostName=127.0.0.1",
    "IdentitiesOnly=yes",
    "IdentityAgent=none",
    "KbdInteractiveAuthentication=no",
    "PasswordAuthentication=no",
    "PermitLocalCommand=no",
    "ProxyCommand=none",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "LogLevel=ERROR",
];

/// `GIT_SSH_COMMAND` for one server, through a forwarder on this port.
///
/// The key is shown to whoever proves to be a server of the operator's own list, and to nobody else.
pub(super) fn command(
    settings: &GitSettings,
    address: &SshAddress,
    forwarder_port: u16,
) -> Result<String, Unusable> {
    let known = settings.ssh_known_hosts_file.as_deref().ok_or(Unusable {
        key: "ssh_known_hosts_file",
        why: "no server is trusted that is not in it; `ssh-keyscan HOST` writes such a file",
    })?;
    let known = quoted(known).ok_or(Unusable {
        key: "ssh_known_hosts_file",
        why: "its path has characters that ssh reads in its own way",
    })?;
    // As ssh writes the names of servers on other ports.
    let alias = match address.port() {
        22 => address.host().to_owned(),
        port => format!("[{}]:{port}", address.host()),
    };
    let key = match settings.ssh_key_file.as_deref() {
        None => "none".to_owned(),
        Some(key) => quoted(key).ok_or(Unusable {
            key: "ssh_key_file",
            why: "its path has characters that ssh reads in its own way",
        })?,
    };
    let options = OPTIONS.join(" -o ");
    Ok(format!(
        "ssh -F /dev/null -o {options} -o Port={forwarder_port} -o 'HostKeyAlias={alias}' \
         -o 'UserKnownHostsFile={known}' -o 'IdentityFile={key}'"
    ))
}

/// A path between double quotes, which stand between single ones for the shell.
fn quoted(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    let is_plain = |char: char| !char.is_control() && !"'\"\\%$~".contains(char);
    (path.is_absolute() && text.chars().all(is_plain)).then(|| format!("\"{text}\""))
}
