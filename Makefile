# The two commands of README.md are `make demo` and `make test`. Both install what is missing first.

.PHONY: help demo test test-all test-openstack chaos kills fuzz bench bench-peers setup build install dist try-dist lint docs deps

help:
	@echo "make demo    bake an image on this machine, verify it, clean up (builds the local cloud only)"
	@echo "make test    format, lints and tests"
	@echo "make test-all   also further systems and machines, and faults at every call of a chain (an hour or two more)"
	@echo "make test-openstack   test against a real OpenStack (root, Debian's packages, minutes)"
	@echo "make chaos   bakes on emulated clouds with a random fault of the network in each (ROUNDS=50 SEED=… CLOUD=ec2)"
	@echo "make kills   the same, killed at a random moment, then run again or destroyed"
	@echo "make fuzz    tries every parser of foreign bytes with damaged inputs (MINUTES=60 of each, SEED=…)"
	@echo "make bench   imgctl beside OpenSSH and what make bench-peers has installed: benches/RESULTS.md (GROUPS=\"files fleet\")"
	@echo "make setup   install what the build, the demo and the tests need (Debian, Ubuntu)"
	@echo "make build   the program with all clouds: target/debug/imgctl"
	@echo "make install the release, its completions and its manual (PREFIX=/usr/local DESTDIR= BINARY=)"
	@echo "make dist    a release: archive, Debian package, SBOM, checksums in target/dist (docs/release.md)"
	@echo "make try-dist   install and run each of them in containers, and build the Dockerfile (root)"
	@echo "make lint    format and lints only"
	@echo "make deps    licences, sources and advisories of the dependencies (cargo-deny)"
	@echo "make docs    write docs/api.md from the doc comments"

demo:
	@tests/support/demo.sh

test:
	@tests/support/test.sh

test-all:
	@EVERYTHING=1 EVERY_CALL=1 tests/support/test.sh

test-openstack:
	@tests/support/openstack-real.sh

# ROUNDS is for each cloud; the seed is printed.
chaos kills: export ROUNDS := $(or $(ROUNDS),50)
chaos kills: export SEED := $(or $(SEED),$(shell date +%s))

chaos: setup
	@cargo test --locked --test rounds -- --nocapture chaos::$(CLOUD)

# Containers of the local cloud need root.
kills: setup
	@cargo test --locked --test rounds -- --nocapture kills::$(CLOUD)
	@EVERY_CALL=1 cargo test --locked --test journal -- --nocapture
	@cargo test --locked --test local_containers -- --nocapture kills::$(or $(CLOUD),local)_

fuzz: export MINUTES := $(or $(MINUTES),60)
fuzz: export SEED := $(or $(SEED),$(shell date +%s))

fuzz: setup
	@echo "SEED=$(SEED)"
	@cargo test --locked --lib -- --nocapture --test-threads 32 fuzz:: redact::tests::no_part

# In target/beds, and used by `make bench` only; Packer is Debian's package, of its last free version.
bench-peers:
	@tests/support/beds.sh peers
	@benches/peers.sh

bench: setup
	@cargo bench --locked --profile dev --bench bench -- $(GROUPS)

setup:
	@tests/support/setup.sh

build: setup
	cargo build --locked

lint: setup
	cargo fmt --check
	cargo clippy --locked --all-targets --target-dir target/lints -- -D warnings

# Packagers give DESTDIR, and BINARY if they have built it.
PREFIX ?= /usr/local
share = $(DESTDIR)$(PREFIX)/share
installed = $(DESTDIR)$(PREFIX)/bin/imgctl
built = $(or $(CARGO_TARGET_DIR),target)/release/imgctl

# What root installs is for everybody, whatever root's umask.
install: public = umask 022 &&
install:
	$(if $(BINARY),,cargo build --release --locked)
	$(public) install -D -m 755 $(or $(BINARY),$(built)) $(installed)
	$(public) mkdir -p $(share)/bash-completion/completions $(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	$(public) $(installed) completions bash > $(share)/bash-completion/completions/imgctl
	$(public) $(installed) completions zsh > $(share)/zsh/site-functions/_imgctl
	$(public) $(installed) completions fish > $(share)/fish/vendor_completions.d/imgctl.fish
	$(public) $(installed) man $(share)/man/man1

dist:
	@packaging/dist.sh

try-dist:
	@packaging/try.sh

docs: build
	target/debug/imgctl api --format markdown > docs/api.md

deps:
	@tests/support/deps.sh
