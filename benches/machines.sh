#!/usr/bin/env bash
# Compares the two kinds of machine of the local cloud by the same work, in turn:
# `benches/machines.sh`, as root, after `cargo build`. Prints the table of docs/local.md.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
imgctl=$(realpath "${CARGO_TARGET_DIR:-target}")/debug/imgctl
work=$(mktemp -d "${TMPDIR:-/tmp}/imgctl-bench.XXXXXX")
kinds=(vm container)
declare -A took

clean_up() {
    local kind
    for kind in "${kinds[@]}"; do
        if [ -e "$work/$kind/.state.json" ]; then
            (cd "$work/$kind" && "$imgctl" destroy)
        fi
    done
    rm -rf "$work"
}
trap clean_up EXIT

# timed KIND WHAT COMMAND...: in that kind's project.
timed() {
    local kind=$1 what=$2 began=${EPOCHREALTIME/[.,]/}
    shift 2
    (cd "$work/$kind" && "$imgctl" "$@" >&2)
    took[$kind $what]=$((${EPOCHREALTIME/[.,]/} - began))
}

seconds() {
    printf '%d.%d s' $(($1 / 1000000)) $(($1 / 100000 % 10))
}

packages='import "std/package" as package;
package::refresh(cloud::host());
package::install(cloud::host(), ["curl", "git", "nginx-light", "rsync", "unzip", "zip"]);'

for kind in "${kinds[@]}"; do
    mkdir -p "$work/$kind"
    cat >"$work/$kind/config.yaml" <<END
defaults: {cloud: local, distribution: debian12}
clouds: {local: {machine: $kind, folder: machines}}
END
    # The base is in the cache afterwards.
    (cd "$work/$kind" && "$imgctl" up destroy >&2)
done
whats=('`up`' 'six packages' 'reboot' '`create_image`' '`up` … `create_image`' 'proof of the image')
for kind in "${kinds[@]}"; do
    timed "$kind" '`up`' up
    timed "$kind" 'six packages' run -e "$packages"
    timed "$kind" reboot run -e 'cloud::host().reboot();'
    timed "$kind" '`create_image`' create_image
    (cd "$work/$kind" && "$imgctl" destroy >&2)
    timed "$kind" '`up` … `create_image`' up bootstrap tests create_image
    timed "$kind" 'proof of the image' verify_image
done
printf '| | virtual machine | container | ratio |\n|---|---|---|---|\n'
for what in "${whats[@]}"; do
    vm=${took[vm $what]} container=${took[container $what]}
    printf '| %s | %s | %s | %s |\n' "$what" "$(seconds "$vm")" "$(seconds "$container")" \
        "$(awk "BEGIN {printf \"%.2f\", $container / $vm}")"
done
