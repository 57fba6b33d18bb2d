#!/bin/sh
# Says which of the named programs are missing and how to get them; fails if any is.
missing=0
for program in "$@"; do
  command -v "$program" >/dev/null 2>&1 && continue
  missing=1
  case "$program" in
    cargo) how="install Rust 1.95 or newer with rustup" ;;
    cc) how="apt-get install gcc libc6-dev" ;;
    curl) how="apt-get install curl" ;;
    *) how="apt-get install $program" ;;
  esac
  echo "missing: $program ($how)" >&2
done
exit $missing
