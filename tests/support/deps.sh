#!/usr/bin/env bash
# Checks the dependencies against deny.toml: licences, banned crates, sources and, where the database
# can be fetched, advisories. Installs nothing.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

if ! command -v cargo-deny >/dev/null; then
    echo "deps: cargo-deny is not installed: run \`cargo install --locked cargo-deny\`" >&2
    exit 1
fi
cargo deny --locked check licenses bans sources
if cargo deny --locked fetch db; then
    cargo deny --locked check --disable-fetch advisories
else
    echo "deps: advisories are not checked, as their database cannot be fetched" >&2
fi
