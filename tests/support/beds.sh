#!/usr/bin/env bash
# beds.sh NAME...: Python environments for servers that tests start, each in target/beds/NAME, made of
# tests/support/beds/NAME.txt (and NAME.no-deps.txt, for what asks for older versions than it needs; of what is in
# NAME.sources.txt the source archive is unpacked in NAME/sources, for data that no wheel has).
# Does nothing when they are there.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
LISTS=tests/support/beds
BEDS=${CARGO_TARGET_DIR:-target}/beds
mkdir -p "$BEDS"

fail() {
    printf 'beds: %s\n' "$@" >&2
    exit 1
}

wanted() {
    cat "$LISTS/$1.txt"
    for more in no-deps sources; do
        if [ -e "$LISTS/$1.$more.txt" ]; then
            cat "$LISTS/$1.$more.txt"
        fi
    done
}

# `&&`, since `set -e` does nothing in a function that is asked for its status.
install() {
    local pip=("$2/bin/pip" install --disable-pip-version-check --quiet)
    python3 -m venv "$2" && "${pip[@]}" -r "$LISTS/$1.txt" || return
    [ ! -e "$LISTS/$1.no-deps.txt" ] || "${pip[@]}" --no-deps -r "$LISTS/$1.no-deps.txt" || return
    [ ! -e "$LISTS/$1.sources.txt" ] || unpack "$1" "$2"
}

unpack() {
    "$2/bin/pip" download --disable-pip-version-check --quiet --no-deps --no-binary :all: \
        -d "$2/sources" -r "$LISTS/$1.sources.txt" || return
    local archive
    for archive in "$2"/sources/*.tar.gz; do
        tar -xzf "$archive" -C "$2/sources" || return
    done
}

make_bed() {
    local name=$1 bed=$BEDS/$1 log=$BEDS/$1.log
    [ -e "$LISTS/$name.txt" ] || fail "there is no $LISTS/$name.txt"
    # Several tests may want it at once.
    exec 9>"$BEDS/$name.lock"
    flock 9
    if [ -e "$bed/made-of" ] && [ "$(wanted "$name")" = "$(cat "$bed/made-of")" ]; then
        return
    fi
    echo "beds: making $bed ($log has the details)"
    rm -rf "$bed"
    # Another Python's settings must not leak in.
    unset PYTHONPATH PYTHONHOME
    install "$name" "$bed" >"$log" 2>&1 || {
        tail -n 25 "$log" >&2
        fail "python3 -m venv or pip failed (above; all of it is in $log)" \
            "   make setup   installs what they need"
    }
    wanted "$name" >"$bed/made-of"
}

[ "$#" -gt 0 ] || fail "which? $(cd "$LISTS" && ls ./*.txt)"
for name in "$@"; do
    # A subshell, so that the lock ends with it.
    (make_bed "$name")
done
