# shellcheck shell=bash
# Sourced by what runs in the namespaces (inside.sh, databases.sh): daemons in the root folder ROOT,
# as plain processes. They end with the namespace, however that ends.

set -euo pipefail

# Long enough for a busy machine of two cores.
DEADLINE=300

fail() {
    printf 'openstack: %s\n' "$@" >&2
    exit 1
}

in_root() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        PYTHONDONTWRITEBYTECODE=1 OS_STDERR=1 HOSTNAME=openstack \
        RABBITMQ_NODENAME=rabbit@localhost ERL_EPMD_ADDRESS=127.0.0.1 \
        chroot "$ROOT" "$@"
}

# What programs expect of a machine. Gone with the mount namespace.
mount_root() {
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/run"
    mount -t tmpfs tmpfs "$ROOT/tmp"
    chmod 1777 "$ROOT/tmp"
    mkdir -p "$ROOT/run/lock" "$ROOT/run/mysqld" "$ROOT/var/lib/consoles"
    chroot "$ROOT" chown mysql: /run/mysqld
    printf '127.0.0.1 localhost openstack\n' >"$ROOT/etc/hosts"
    ip link set lo up
}

# daemon NAME COMMAND...: its output is in LOGS/NAME.log.
declare -A pids=()
daemon() {
    local name=$1
    shift
    in_root "$@" >"$LOGS/$name.log" 2>&1 </dev/null &
    pids[$name]=$!
}

# ready NAME COMMAND...: until the command succeeds, while the daemon lives.
ready() {
    local name=$1 until=$((SECONDS + DEADLINE))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! kill -0 "${pids[$name]}" 2>/dev/null || ((SECONDS > until)); then
            tail -n 25 "$LOGS/$name.log" >&2
            fail "$name does not come up (above; all of it is in $LOGS/$name.log)"
        fi
        sleep 0.2
    done
}

# Something speaks HTTP on this port: nova and neutron answer 401 or 300 at their root.
answers() {
    curl --silent --output /dev/null --max-time 10 "http://127.0.0.1:$1/"
}

start_mariadb() {
    daemon mariadb mariadbd --user=mysql
    ready mariadb in_root mariadb-admin ping
}
