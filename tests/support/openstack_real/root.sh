#!/usr/bin/env bash
# root.sh BED: makes BED/root, a Debian 12 with OpenStack's services and their empty databases. Does
# nothing when it is there. About 240 MB are fetched, from where this computer gets its packages.

set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BED=$1
ROOT=$BED/root
LOG=$BED/root.log

fail() {
    printf 'openstack: %s\n' "$@" >&2
    exit 1
}

# Debian starts services when it installs them, unless this says no.
# shellcheck disable=SC2016
NO_SERVICES='mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"'

# All that decides what is in the root folder.
wanted() {
    cat "$HERE/packages.txt" "$HERE/root.sh" "$HERE/databases.sh" "$HERE/daemons.sh"
    sources
}

# Debian's own lines of this computer's apt for bookworm; none elsewhere, and mmdebstrap takes the
# mirror that it knows.
sources() {
    # shellcheck disable=SC2016
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)|$(ORIGIN)' \
        'Created-By: Packages' 2>/dev/null | sed -n 's/|Debian$//p' | grep ' bookworm' | sort -u || true
}

# The mount namespace keeps what mmdebstrap mounts from this computer, whatever happens.
apart() {
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$@"
}

install() {
    local lines packages
    packages=$(paste -sd, "$HERE/packages.txt")
    mapfile -t lines < <(sources)
    mkdir -p "$ROOT"
    apart mmdebstrap --mode=root --variant=minbase --format=directory --include="$packages" \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        --setup-hook="$NO_SERVICES" \
        bookworm "$ROOT" "${lines[@]}"
    cp -r "$HERE"/etc "$ROOT"
    apart --net "$HERE/databases.sh" "$ROOT" "$BED"
}

mkdir -p "$BED"
exec 9>"$BED/lock"
flock 9
if [ -e "$BED/made-of" ] && [ "$(wanted)" = "$(cat "$BED/made-of")" ]; then
    echo "openstack: $ROOT is there"
    exit
fi
echo "openstack: making $ROOT, some minutes of work ($LOG has the details)"
rm -rf --one-file-system "$BED/made-of" "$ROOT"
# On the left of `||` it would not end at the first command that fails.
set +e
(set -e; install) >"$LOG" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then
    tail -n 25 "$LOG" >&2
    fail "it could not be made (above; all of it is in $LOG)" \
        "is the distribution's mirror reached from here?"
fi
wanted >"$BED/made-of"
