#!/bin/bash
# Runs every test. With all parts installed no skips are allowed but those of terraform and the AWS provider.
set -eu
cd "$(dirname "$0")/.."
scripts/need.sh cargo cc
# The command-line tests drive the program itself.
cargo build --locked --bin atoll
ATOLL_TEST_NO_SKIPS=${ATOLL_TEST_NO_SKIPS:-1} ATOLL_TEST_PARTS="$PWD/target/parts" ATOLL_TEST_BIN="$PWD/target/debug/atoll" \
  cargo test --workspace --locked "$@"
