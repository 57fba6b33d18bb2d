# The two commands of the README, and what they stand on.

.PHONY: demo test parts lint bench build

# Builds Atoll, starts it with no configuration at all and has the stock terraform install a provider through it.
demo: build
	@scripts/demo.sh

# Everything that is tested, with the real clients and servers. On a fresh Debian machine the parts are installed first.
test: parts
	scripts/test.sh

# The clients and servers that the tests drive, from Debian's and Python's packages.
parts:
	scripts/install-parts.sh

lint:
	cargo fmt --all --check
	cargo lint

build:
	@scripts/need.sh cargo cc
	cargo build --locked --bin atoll

# Side by side with nginx and docker-registry; see docs/benchmarks.md.
bench: parts
	scripts/bench.sh
