#!/usr/bin/env bash
# root.sh BED: creates BED/root, a Debian 12 with OpenStack's services and their empty databases, unless
# it exists. About 240 MB are downloaded, from this computer's package mirror.

set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BED=$1
ROOT=$BED/root
LOG=$BED/root.log

fail() {
    printf 'openstack: %s\n' "$@" >&2
    exit 1
}

# Debian starts services when it installs them, unless this program forbids it.
# shellcheck disable=SC2016
NO_SERVICES='mkdir -p "$1/usr/sbin"; printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"'

# Everything that decides what is in the root folder.
wanted() {
    cat "$HERE/packages.txt" "$HERE/root.sh" "$HERE/databases.sh" "$HERE/daemons.sh"
    sources
}

# The lines for Debian bookworm of this computer's apt. Without any, mmdebstrap uses its default mirror.
sources() {
    # shellcheck disable=SC2016
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)|$(ORIGIN)' \
        'Created-By: Packages' 2>/dev/null | sed -n 's/|Debian$//p' | grep ' bookworm' | sort -u || true
}

# In a mount namespace, what mmdebstrap mounts cannot be left on this computer.
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
    echo "openstack: $ROOT is ready"
    exit
fi
echo "openstack: creating $ROOT, which takes some minutes ($LOG has the details)"
rm -rf --one-file-system "$BED/made-of" "$ROOT"
# With `||` after it, the subshell would not end at the first command that fails.
set +e
(set -e; install) >"$LOG" 2>&1
status=$?
set -e
if [ "$status" != 0 ]; then
    tail -n 25 "$LOG" >&2
    fail "$ROOT could not be created (above; the whole log is $LOG)" \
        "check that this computer reaches the distribution's mirror"
fi
wanted >"$BED/made-of"
