#!/usr/bin/env bash
# `make test-openstack`: a real keystone, glance, placement, neutron, nova and cinder from Debian's
# packages, and the tests of tests/openstack_real.rs against them.
#
# The hypervisor, the agent of the network and the disks behind the volumes are replaced, since they need a
# kernel of their own: fake_hypervisor.py, fake_agent.py and fake_volumes.py in openstack_real/ say by
# what. All else (APIs, states, quotas, policies, scheduling, what may be deleted when) is the real thing.
#
# The parts are in openstack_real/ beside this file. The services are plain processes in namespaces of
# their own, with no network but loopback: they open no port of this machine, and when this script ends,
# all of them end and nothing stays mounted. Further arguments are passed to the tests:
# `tests/support/openstack-real.sh chain`. Set OPENSTACK_SHELL=1 for a shell among the services instead.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

PARTS=tests/support/openstack_real
BED=$(realpath -m "${CARGO_TARGET_DIR:-target}")/beds/openstack-real
# The other clouds' libraries take minutes to build and are not tested here.
FEATURES="local,rackspace"
TESTS=(cargo test --locked --no-default-features --features "$FEATURES" --test openstack_real)

fail() {
    printf 'openstack: %s\n' "$@" >&2
    exit 1
}

# Checks the requirements before anything is downloaded or built.
can_be_done() {
    [ "$(uname -s)" = Linux ] || fail "this needs Linux, for namespaces and an overlay file system"
    # shellcheck disable=SC2016
    [ "$(id -u)" = 0 ] || fail "this needs root:" \
        '   sudo -E env PATH="$PATH" make test-openstack   # with your own Rust toolchain'
    [ "$(uname -m)" = x86_64 ] || [ "$(uname -m)" = aarch64 ] || fail "this works on x86_64 and aarch64 only, not on $(uname -m)"
    local program
    for program in mmdebstrap unshare setpriv ip curl flock; do
        command -v "$program" >/dev/null || fail "$program is not installed" \
            "install mmdebstrap, util-linux, iproute2 and curl"
    done
    unshare --mount --net --pid --fork true 2>/dev/null \
        || fail "root cannot create namespaces on this machine (a container without that privilege?)"
    local free
    free=$(df --output=avail -k "$(dirname "$BED")" | tail -n 1)
    ((free > 4 << 20)) || fail "$BED needs 4 GB, but only $((free >> 20)) GB are free"
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
        printf "The logs of the services are in %s.\n" "$BED/log"
    fi
    exit "$status"
}

begun=
mkdir -p "$(dirname "$BED")"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step "requirements" can_be_done
step "packages for all tests" tests/support/setup.sh
step "Debian with OpenStack" "$PARTS/root.sh" "$BED"
step "build" "${TESTS[@]}" --no-run
begun=yes
if [ -n "${OPENSTACK_SHELL:-}" ]; then
    step "a shell among the services" among_the_services bash
else
    # No network: nothing can be downloaded. All tests share one cloud, so they run one at a time.
    step "OpenStack, and the tests" among_the_services \
        "${TESTS[@]}" --offline -- --ignored --test-threads=1 "$@"
fi
