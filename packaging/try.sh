#!/usr/bin/env bash
# `make try-dist`: installs what `make dist` has made in small systems and bakes with it on the fake cloud; builds
# the Dockerfile and does the same in its container. As root, on Debian or Ubuntu; SUITES are Debian's, PARTS what
# is tried: `systems`, or the `container`, which is built anew.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/support/steps.sh"

TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
DIST=$TARGET/dist
WORK=$TARGET/dist-try
# Their glibc are 2.31 and 2.41. That the program asks for nothing newer than 2.28 is read from its symbols.
read -ra SUITES <<<"${SUITES:-bullseye trixie}"
PARTS=${PARTS:-systems container}
STORE=(--root "$WORK/images" --runroot "$WORK/run" --storage-driver vfs)
BAKE='mkdir -p /tmp/project && cd /tmp/project && imgctl --version && imgctl cloud:fake bake'

fail() {
    printf 'try-dist: %s\n' "$@" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "this needs root: it installs packages in systems of their own"

needed() {
    tests/support/setup.sh
    [ -e "$DIST/SHA256SUMS" ] || fail "there is nothing to try: run \`make dist\` first"
    (cd "$DIST" && sha256sum --quiet -c SHA256SUMS)
    command -v buildah >/dev/null || apt-get install -y -q --no-install-recommends buildah
    rm -rf "$WORK"
    mkdir -p "$WORK"
}

# A system without anything of ours, whose certificates are this machine's.
system() {
    mmdebstrap --quiet --variant=apt --include=ca-certificates "$1" "$WORK/$1"
    cp /etc/ssl/certs/ca-certificates.crt "$WORK/$1/etc/ssl/certs/"
    cp /etc/resolv.conf "$WORK/$1/etc/"
}

inside() {
    local root=$WORK/$1
    shift
    chroot "$root" env -i HOME=/root PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin TERM=dumb sh -ec "$*"
}

try_archive() {
    tar -xzf "$DIST"/imgctl-*.tar.gz -C "$WORK/$1/usr/local" --strip-components=1
    inside "$1" "$BAKE"
    rm -r "$WORK/$1/usr/local" "$WORK/$1/tmp/project"
    mkdir -p "$WORK/$1/usr/local/bin"
}

try_package() {
    cp "$DIST"/imgctl_*.deb "$WORK/$1/tmp/imgctl.deb"
    inside "$1" "apt-get update -q && apt-get install -y -q --no-install-recommends /tmp/imgctl.deb"
    inside "$1" "test -e /usr/share/man/man1/imgctl.1.gz && $BAKE && apt-get remove -y -q imgctl"
    [ ! -e "$WORK/$1/usr/bin/imgctl" ] || fail "the package leaves the program behind"
}

# The images that the Dockerfile builds on, made here of Debian's packages and this machine's Rust.
bases() {
    local toolchain root=$WORK/bookworm
    [ -d "$root" ] || system bookworm
    toolchain=$(rustc --print sysroot)
    tar -C "$root" --exclude=./tmp/* -c . | buildah_import base
    local container
    container=$(buildah "${STORE[@]}" from localhost/base)
    buildah "${STORE[@]}" copy --quiet "$container" "$toolchain" /usr/local >/dev/null
    buildah "${STORE[@]}" commit --quiet "$container" localhost/rust >/dev/null
    buildah "${STORE[@]}" rm "$container" >/dev/null
}

buildah_import() {
    local container
    container=$(buildah "${STORE[@]}" from scratch)
    cat >"$WORK/base.tar"
    buildah "${STORE[@]}" add --quiet "$container" "$WORK/base.tar" / >/dev/null
    buildah "${STORE[@]}" commit --quiet "$container" "localhost/$1" >/dev/null
    buildah "${STORE[@]}" rm "$container" >/dev/null
    rm "$WORK/base.tar"
}

build_image() {
    buildah "${STORE[@]}" build --isolation chroot --pull=never \
        --build-arg RUST=localhost/rust --build-arg BASE=localhost/base "$@" .
}

try_image() {
    local container
    container=$(buildah "${STORE[@]}" from --pull=never localhost/imgctl)
    buildah "${STORE[@]}" run --isolation chroot --user imgctl "$container" -- sh -ec "$BAKE"
    buildah "${STORE[@]}" rm "$container" >/dev/null
}

finish() {
    local status=$?
    summary
    rm -rf "$WORK"
    exit "$status"
}

trap finish EXIT
step "what this needs" needed
if [[ $PARTS == *systems* ]]; then
    for suite in "${SUITES[@]}"; do
        step "$suite" system "$suite"
        step "archive in $suite" try_archive "$suite"
        step "package in $suite" try_package "$suite"
    done
fi
[[ $PARTS == *container* ]] || exit 0
step "images to build on" bases
step "Dockerfile" build_image --tag localhost/imgctl
step "its container" try_image
step "Dockerfile, with what the local cloud needs" build_image --layers --target local --tag localhost/imgctl-local
