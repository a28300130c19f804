#!/usr/bin/env bash
# `make dist`: what a release consists of, in target/dist: an archive that runs wherever glibc is 2.28 or later
# (EL 8 and 9, Debian 10, Ubuntu 20.04 and later), a package for Debian and Ubuntu, an SBOM and the checksums.
# VERSION is that of Cargo.toml. Nothing in a file tells where, by whom or when it was made; times are the commit's.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/../tests/support/steps.sh"

GLIBC=2.28
MACHINE=$(uname -m)
TRIPLE=$MACHINE-unknown-linux-gnu
TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
TOOLS=$TARGET/dist-tools
DIST=$TARGET/dist
BINARY=$TARGET/$TRIPLE/release/imgctl
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
NAME=imgctl-$VERSION-$TRIPLE
# Files carry the time of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

fail() {
    printf 'dist: %s\n' "$@" >&2
    exit 1
}

# Each is in target/, so that nothing is installed on this machine.
tools() {
    local python=$TOOLS/python crate
    if ! cmp -s packaging/tools.txt "$python/made-of"; then
        rm -rf "$python"
        python3 -m venv "$python"
        "$python/bin/pip" install --disable-pip-version-check --quiet -r packaging/tools.txt
        cp packaging/tools.txt "$python/made-of"
    fi
    for crate in cargo-deb@3.8.0 cargo-cyclonedx@0.5.9; do
        cargo install --quiet --locked --root "$TOOLS" "$crate"
    done
}

# OpenSSL and zlib are in the program: those of other systems have other versions. Certificates are the system's.
build() {
    local cargo_home=${CARGO_HOME:-$HOME/.cargo}
    RUSTFLAGS="--remap-path-prefix=$cargo_home=/cargo --remap-path-prefix=$PWD=/source" \
        PATH="$TOOLS/python/bin:$PATH" LIBZ_SYS_STATIC=1 \
        cargo zigbuild --release --locked --features portable --target "$TRIPLE.$GLIBC"
}

# What the program asks of the system: glibc alone, and none of its newer symbols.
check() {
    local newest wanted
    newest=$(LC_ALL=C objdump -T "$BINARY" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -n 1)
    [ "$(printf '%s\n' "GLIBC_$GLIBC" "$newest" | sort -V | tail -n 1)" = "GLIBC_$GLIBC" ] \
        || fail "the program needs $newest, and GLIBC_$GLIBC is what it may need"
    wanted=$(LC_ALL=C objdump -p "$BINARY" | awk '$1 == "NEEDED" {print $2}')
    if grep -vE '^(lib(c|m|dl|rt|pthread|util)\.so\.[0-9]|ld-linux.*)$' <<<"$wanted"; then
        fail "the program needs libraries that a system may lack (above)"
    fi
    "$BINARY" --version
    echo "newest symbol: $newest"
}

archive() {
    local root=$DIST/$NAME
    make --no-print-directory install BINARY="$BINARY" PREFIX= DESTDIR="$root"
    mkdir -p "$root/share/doc/imgctl"
    cp -r README.md CHANGELOG.md LICENSE docs "$root/share/doc/imgctl/"
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
        -C "$DIST" -c "$NAME" | gzip -n -9 >"$DIST/$NAME.tar.gz"
    rm -r "$root"
}

# cargo-deb takes the files that `make install` has written.
package() {
    local staged=target/dist-deb  # Cargo.toml names it, too.
    rm -rf "$staged"
    make --no-print-directory install BINARY="$BINARY" PREFIX=/usr DESTDIR="$staged"
    "$TOOLS/bin/cargo-deb" --no-build --no-strip --locked --target "$TRIPLE" --output "$DIST/"
}

sbom() {
    "$TOOLS/bin/cargo-cyclonedx" cyclonedx --format json --spec-version 1.5 --target "$TRIPLE" \
        --features portable --override-filename "$NAME.cdx"
    # The program's own reference is the path of this checkout.
    sed "s|path+file://$PWD|path+file:///source|g" "$NAME.cdx.json" >"$DIST/$NAME.cdx.json"
    rm "$NAME.cdx.json"
}

checksums() {
    (cd "$DIST" && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
    cat "$DIST/SHA256SUMS"
}

finish() {
    local status=$?
    summary
    exit "$status"
}

rm -rf "$DIST"
mkdir -p "$DIST"
trap finish EXIT
step "what the build needs" tests/support/setup.sh
step "tools" tools
step "program" build
step "what it needs" check
step "archive" archive
step "package for Debian and Ubuntu" package
step "SBOM" sbom
step "checksums" checksums
