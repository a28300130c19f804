#!/usr/bin/env bash
# inside.sh BED COMMAND...: starts OpenStack on the loopback of a network namespace, and runs the
# command there. It is the first process of its namespaces: when it ends, everything that it started
# ends, and what it mounted is gone.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BED=$1
shift
ROOT=$BED/run/root LOGS=$BED/log
# shellcheck source=tests/support/openstack_real/daemons.sh
source "$HERE/daemons.sh"
# shellcheck source=tests/support/openstack_real/services.sh
source "$HERE/services.sh"

# The first process of a PID namespace receives only signals that it handles.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

began=$SECONDS
say() { printf 'openstack: %3d s  %s\n' "$((SECONDS - began))" "$*"; }

mkdir -p "$BED/run"
exec 8>"$BED/run.lock"
flock --nonblock 8 || fail "it is already running, from $BED"

# Changes are kept in memory; the root folder is not changed.
rm -rf "$LOGS"
mkdir -p "$LOGS"
mount -t tmpfs tmpfs "$BED/run"
mkdir "$BED/run/upper" "$BED/run/work" "$ROOT"
mount -t overlay overlay "$ROOT" \
    -o "lowerdir=$BED/root,upperdir=$BED/run/upper,workdir=$BED/run/work"
cp -r "$HERE/etc" "$ROOT"
mkdir -p "$ROOT/opt/fake"
cp "$HERE"/*.py "$ROOT/opt/fake"
# Nova loads drivers from this folder only.
cp "$HERE/fake_hypervisor.py" "$ROOT/usr/lib/python3/dist-packages/nova/virt"
mount_root

say "database, message queue, identity"
first_services
say "users and the catalogue"
in_root python3 /opt/fake/people.py
say "images, networks, servers"
other_services
say "a host, flavors, networks, images"
in_root python3 /opt/fake/things.py
in_root nova-manage cell_v2 discover_hosts
say "ready: $("$HERE/versions.sh" "$ROOT")"

OPENSTACK_REAL=$ROOT "$@"
