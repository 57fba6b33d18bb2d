# Everything that can be configured, with its default. This file as it is changes nothing.
#
# Atoll reads the file that --config names, or ./atoll.hcl, or /etc/atoll/atoll.hcl, and runs without any. Flags stand above the
# file. Relative paths begin at the file's directory. Values can be env("NAME") and file("path"), also inside of text:
# "Bearer ${env("TOKEN")}". `atoll config check` says what a configuration means. What has no default is commented out by a `#`
# without a space behind it.

# Where everything is kept: artifacts, the embedded database, keys and certificates. The default is /var/lib/atoll for root, and
# $XDG_DATA_HOME/atoll or ~/.local/share/atoll for others. ATOLL_DATA_DIR and --data-dir stand above this.
#data_dir = "/var/lib/atoll"

# Whether nothing outside is ever dialled, but the database.
offline = false

# The key that the server's own secrets are wrapped with. It is made where it is missing; the default is server.key in data_dir.
# Servers that share a database need the same key.
#secret_file = "/etc/atoll/server.key"

server {
  # Where the server listens: only this machine. For all others, "0.0.0.0:8443" or "[::]:8443".
  listen = "127.0.0.1:8443"

  # What clients call it, and other names for it. They are in the built-in certificate.
  #public_url = "https://atoll.example.com"
  aliases = []

  # Upstreams whose names lead here by DNS; they are in the built-in certificate too.
  impersonate = []

  # Whether OpenTofu is given modules directly, in its own protocol, instead of the address of a package.
  opentofu_direct_modules = false

  # How much of the disk stays free, as a share or a size ("20 GiB"). Below, nothing more is fetched.
  min_free = "10%"

  # Whether what nothing refers to any more is removed every hour, after a grace of a day. `atoll gc` does it at any time.
  collect = true

  tls {
    # false is plain HTTP, for a proxy in front that has TLS.
    enabled = true

    # A certificate of your own, its issuers behind it, and its key, in PEM. Both are read again when they change.
    # Left out, the built-in authority in data_dir/tls issues a certificate; `atoll ca export` prints what clients have to trust.
    #cert_file = "/etc/atoll/tls.crt"
    #key_file  = "/etc/atoll/tls.key"
  }
}

# Where metrics are served, at /metrics and without TLS. --metrics-listen stands above this.
metrics {
  # false: nowhere.
  enabled = true

  # Left out, this address too, but where somebody else has it the server starts without metrics and says so.
  #listen = "127.0.0.1:9090"
}

# Left out: SQLite in data_dir.
#database {
#  url = "postgres://atoll:${env("ATOLL_DB_PASSWORD")}@db.example.com/atoll"
#}

log {
  # "text" or "json", on stderr.
  format = "text"

  # "error", "warn", "info", "debug" or "trace", or with parts of the program: "info,atoll_upstream=debug".
  # ATOLL_LOG and --log-level stand above this.
  level = "info"
}

# Where providers and modules come from. A host without a block is never dialled, but these three are there without being
# written. What their blocks leave out keeps its default.
upstream "terraform" "registry.terraform.io" {
  # How it is reached. The default is https:// and its name.
  url = "https://registry.terraform.io"

  # "registry", or "network_mirror" for a server that speaks that.
  protocol = "registry"

  # "on_demand": asked at the first request for something. "scheduled": only by a sync, never by a request. "offline": never.
  mode = "on_demand"

  # Which providers (NAMESPACE/TYPE), modules (NAMESPACE/NAME/SYSTEM) and versions are served; NAMESPACE/* is both. Without
  # `allow`, all are.
  #allow   = ["hashicorp/*", "integrations/github ~> 6.0", "terraform-aws-modules/vpc/aws ~> 5.0"]
  exclude = []

  # For which addresses it answers at the root of the server, without its name in the URL: NAMESPACE/TYPE for providers,
  # NAMESPACE/NAME/SYSTEM for modules. Upstreams are asked in the order of this file, after what is published here.
  root = []

  # Its names in the URL shapes of other servers, besides its hostname. No two upstreams may have the same.
  aliases = []

  # What addresses learnt from its answers may be besides public ones: hosts, addresses, networks.
  allow_addresses = []

  # For git over ssh: a private key, and the hosts that may be spoken to.
  #ssh_key_file         = "atoll_ed25519"
  #ssh_known_hosts_file = "known_hosts"

  # Its addresses, where DNS says something else.
  resolve = []

  # What a request without a token may do: "fetch" what is not here, "read" what is here, or "none".
  # The default depends: "none" with a credential, since what is only shown to whoever logs in is not for everybody here; without
  # one "fetch" where the server listens on this machine only or there is an `allow` list, and "read" otherwise.
  #anonymous = "read"

  # The weakest proof that is served: "signed", "unsigned" (checksums of the registry), or "hashed" (anything).
  require_proof = "hashed"

  # Whether a namespace may only be signed by keys that were seen for it before.
  pin_keys = false

  # How much may be held from it; above, nothing more is fetched. A size ("500 GiB") or bytes.
  #max_bytes = "500 GiB"

  # How long a list of versions holds, how long it holds that there is no such thing, and how long an upstream that could not be
  # reached is left alone.
  retrieval_cache_period_seconds = 7200
  missed_cache_period_seconds    = 1800
  assumed_offline_period_seconds = 300

  # Out of service: nothing of it is served, held or not.
  blacked_out = false

  # What `atoll mirror sync` fetches ahead.
  sync {
    # Providers, modules and versions: all, those of a constraint, or the highest so many. The default is nothing.
    #select = ["hashicorp/aws ~> 5.90", "hashicorp/random latest:3", "terraform-aws-modules/vpc/aws"]

    # For which platforms. The default is every one that the provider is for.
    #platforms = ["linux_amd64", "darwin_arm64"]

    # When that happens by itself, every day in UTC. The default is never.
    #schedule = "03:00"
  }
}

upstream "terraform" "registry.opentofu.org" {
}

# Coder's modules, also at the root of the server, and for clients that are configured for Artifactory or Nexus.
upstream "terraform" "registry.coder.com" {
  root    = ["*/*/coder"]
  aliases = ["coder-registry"]
}

# A private registry.
#upstream "terraform" "tf.corp.example" {
#  url       = "https://10.1.2.3:8443"
#  ca_file   = "corp-ca.pem"
#  token     = env("CORP_TF_TOKEN")
#  proxy     = "http://proxy.corp.example:3128"
#  anonymous = "none"
#}

# Another one, that asks for a user and a password.
#upstream "terraform" "tf.other.example" {
#  username = "atoll"
#  password = file("other-password.txt")
#}

# A namespace that is yours, even while nothing is published in it: nobody else's packages ever appear there.
#namespace "acme" {}
