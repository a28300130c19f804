# The two commands of README.md are `make demo` and `make test`. Both install what is missing first.

.PHONY: help demo test test-openstack setup build lint docs

help:
	@echo "make demo    bake a real image on this machine, prove that it works, clean up"
	@echo "make test    format, lints and every test"
	@echo "make test-openstack   the OpenStack cloud against a real one (root, Debian's packages, minutes)"
	@echo "make setup   install what the build, the demo and the tests need (Debian, Ubuntu)"
	@echo "make build   the program: target/debug/imgctl"
	@echo "make lint    format and lints only"
	@echo "make docs    write docs/api.md anew from the doc comments"

demo:
	@tests/support/demo.sh

test:
	@tests/support/test.sh

test-openstack:
	@tests/support/openstack-real.sh

setup:
	@tests/support/setup.sh

build: setup
	cargo build --locked

lint: setup
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

docs: build
	target/debug/imgctl api --markdown > docs/api.md
