# shellcheck shell=bash
# Sourced by the scripts in the namespaces (inside.sh, databases.sh): daemons in the root folder ROOT, as
# plain processes that end with the namespace.

set -euo pipefail

# In seconds; long enough for a busy machine with two cores.
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

# What programs expect of a machine. It vanishes with the mount namespace.
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

# daemon NAME COMMAND...: starts a daemon, with its output in LOGS/NAME.log.
declare -A pids=()
daemon() {
    local name=$1
    shift
    in_root "$@" >"$LOGS/$name.log" 2>&1 </dev/null &
    pids[$name]=$!
}

# ready NAME COMMAND...: waits until the command succeeds; fails if the daemon ends.
ready() {
    local name=$1 until=$((SECONDS + DEADLINE))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! kill -0 "${pids[$name]}" 2>/dev/null || ((SECONDS > until)); then
            tail -n 25 "$LOGS/$name.log" >&2
            fail "$name does not start (above; the whole log is $LOGS/$name.log)"
        fi
        sleep 0.2
    done
}

# Whether something answers HTTP on this port: nova and neutron answer with 401 or 300.
answers() {
    curl --silent --output /dev/null --max-time 10 "http://127.0.0.1:$1/"
}

start_mariadb() {
    daemon mariadb mariadbd --user=mysql
    ready mariadb in_root mariadb-admin ping
}
