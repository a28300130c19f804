#!/usr/bin/env bash
# Installs those peers that Debian packages; says so where one is not to be had, which leaves its rows out.
set -euo pipefail
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
for program in packer rsync; do
    if command -v "$program" >/dev/null; then
        continue
    fi
    if [ -z "$(apt-cache --names-only search "^$program\$" 2>/dev/null)" ]; then
        echo "bench-peers: there is no package of $program here: its rows are left out"
        continue
    fi
    echo "bench-peers: installing $program with apt (as root)"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q install --no-install-recommends "$program" >/dev/null
done
