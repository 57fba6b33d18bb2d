#!/bin/sh
# Shows the main job; see crates/atoll-testkit/examples/demo.rs.
set -eu
cd "$(dirname "$0")/.."
exec cargo run --quiet --locked -p atoll-testkit --example demo -- target/debug/atoll
