#!/bin/bash
# Builds Atoll as it is released and measures it next to nginx and docker-registry; see docs/benchmarks.md.
# Arguments go to atoll-bench; without any, every scenario runs.
set -eu
cd "$(dirname "$0")/.."
apt_packages=(nginx-light docker-registry wrk strace openssl curl)
programs=(nginx docker-registry wrk strace openssl curl)
export PATH=$PATH:/usr/sbin:/sbin

missing=()
for i in "${!programs[@]}"; do
  command -v "${programs[$i]}" >/dev/null 2>&1 || missing+=("${apt_packages[$i]}")
done
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing ${missing[*]}" >&2
  # Nothing of what is installed is to be started: the harness starts what it needs, where it needs it.
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made_policy=1; }
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >&2
  [ -n "${made_policy:-}" ] && rm -f $policy
fi
scripts/need.sh cargo cc "${programs[@]}"

cargo build --release --locked --bin atoll
cargo build --release --locked -p atoll-bench
# On the disk of the checkout: where /tmp is memory, syncing would cost nothing.
mkdir -p target/bench
[ $# -gt 0 ] || set -- all
exec target/release/atoll-bench --dir target/bench "$@"
