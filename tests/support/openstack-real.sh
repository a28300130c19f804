#!/usr/bin/env bash
# `make test-openstack`: a real keystone, glance, placement, neutron and nova from Debian's packages,
# and the tests of tests/openstack_real.rs against them.
#
# openstack_real/ beside this file has the parts. The services are plain processes in namespaces of
# their own, with a network that is nothing but loopback: they open no port of this machine, and all of
# them end, and all that was mounted is gone, when this ends, however that happens. Further words go
# to the tests: `tests/support/openstack-real.sh chain`. Set OPENSTACK_SHELL=1 for a shell among the
# services instead.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

PARTS=tests/support/openstack_real
BED=$(realpath -m "${CARGO_TARGET_DIR:-target}")/beds/openstack-real
# The other clouds' libraries take minutes to build, and nothing of them is tested here.
FEATURES="local,rackspace"
TESTS=(cargo test --locked --no-default-features --features "$FEATURES" --test openstack_real)

fail() {
    printf 'openstack: %s\n' "$@" >&2
    exit 1
}

# Why not, in words, before anything is fetched or built.
can_be_done() {
    [ "$(uname -s)" = Linux ] || fail "this needs Linux: namespaces, and an overlay file system"
    # shellcheck disable=SC2016
    [ "$(id -u)" = 0 ] || fail "this needs root:" \
        '   sudo -E env PATH="$PATH" make test-openstack   # with your own Rust toolchain'
    [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || fail "Debian has no packages for $(uname -m) here"
    local program
    for program in mmdebstrap unshare setpriv ip curl flock; do
        command -v "$program" >/dev/null || fail "there is no $program" \
            "install mmdebstrap, util-linux, iproute2 and curl"
    done
    unshare --mount --net --pid --fork true 2>/dev/null \
        || fail "this machine does not let root make namespaces (a container without the right to?)"
    local free
    free=$(df --output=avail -k "$(dirname "$BED")" | tail -n 1)
    ((free > 4 << 20)) || fail "$BED needs 4 GB, and $((free >> 20)) GB are free"
}

among_the_services() {
    # `inside.sh` is the first process of the namespaces: when it ends, they end.
    setpriv --pdeathsig KILL unshare --net --mount --pid --uts --ipc --fork --kill-child \
        --mount-proc "$PARTS/inside.sh" "$BED" "$@"
}

finish() {
    local status=$?
    trap - EXIT
    summary
    if [ "$status" != 0 ] && [ -n "$begun" ]; then
        printf "What the services said is in %s.\n" "$BED/log"
    fi
    exit "$status"
}

begun=
mkdir -p "$(dirname "$BED")"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step "what this needs" can_be_done
step "what all tests need" tests/support/setup.sh
step "Debian with OpenStack" "$PARTS/root.sh" "$BED"
step "build" "${TESTS[@]}" --no-run
begun=yes
if [ -n "${OPENSTACK_SHELL:-}" ]; then
    step "a shell among the services" among_the_services bash
else
    # There is no network to fetch anything from. One cloud serves all tests: one at a time.
    step "OpenStack, and the tests" among_the_services \
        "${TESTS[@]}" --offline -- --ignored --test-threads=1 "$@"
fi
