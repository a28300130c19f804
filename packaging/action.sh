#!/usr/bin/env bash
# The steps of action.yml: `source` names what is built, `build` builds it, `run` runs it. GitHub gives INPUT_RUN,
# INPUT_PROGRAM, INPUT_REPORT and ACTION_PATH, and reads outputs from the file GITHUB_OUTPUT.

set -euo pipefail

fail() {
    # GitHub shows it at the top of the job's page.
    printf '::error title=imgctl::%s\n' "$1"
    exit 2
}

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"; }

# A tag such as v1 moves: the key is of the sources and the compiler.
source_key() {
    local digest
    cd "$ACTION_PATH"
    digest=$(find Cargo.toml Cargo.lock plans scripts src stdlib -type f | LC_ALL=C sort \
        | xargs sha256sum | sha256sum | cut -c 1-32)
    output key "imgctl-$(uname -m)-$digest-$(rustc --version | tr -c 'A-Za-z0-9.\n' _)"
}

# In the action's own folder: a project's rust-toolchain.toml and .cargo are for the project.
build() {
    cd "$ACTION_PATH"
    if ! command -v cc >/dev/null || ! pkg-config --exists openssl 2>/dev/null; then
        command -v apt-get >/dev/null || fail "building imgctl needs a C compiler, pkg-config and OpenSSL's headers"
        local root=()
        [ "$(id -u)" = 0 ] || root=(sudo)
        "${root[@]}" apt-get update -q
        "${root[@]}" apt-get install -y -q --no-install-recommends gcc libc6-dev libssl-dev pkg-config
    fi
    env -u CARGO_BUILD_TARGET cargo build --release --locked --target-dir target
}

run() {
    local program words=() file
    program=$ACTION_PATH/target/release/imgctl
    if [ -n "${INPUT_PROGRAM:-}" ]; then
        program=$(command -v -- "$INPUT_PROGRAM") || fail "there is no program $INPUT_PROGRAM"
        program=$(realpath -- "$program")
    fi
    output program "$program"

    # xargs knows quotes, and carries out nothing that is in them.
    file=$(mktemp)
    xargs printf '%s\0' <<<"${INPUT_RUN:-}" >"$file" 2>/dev/null \
        || fail "the quotes of \`run: $INPUT_RUN\` are not closed"
    mapfile -d '' -t words <"$file"
    rm "$file"
    [ -n "${words[*]}" ] || fail "\`run\` is empty: write what is to be done, such as \`run: bake\`"

    if [ -n "${INPUT_REPORT:-}" ]; then
        local report
        report=$(realpath -m -- "$INPUT_REPORT")
        words=(--report "$report" "${words[@]}")
        output report "$report"
    fi
    # In a job's container the checkout is another user's.
    export IMGCTL_TRUSTED_PROJECTS=${IMGCTL_TRUSTED_PROJECTS:-$PWD}
    exec "$program" "${words[@]}"
}

case ${1:-} in
    source) source_key ;;
    build) build ;;
    run) run ;;
    *) fail "action.sh is for action.yml" ;;
esac
