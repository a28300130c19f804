# shellcheck shell=bash
# Sourced by the scripts beside it: runs steps, and prints a table of their times.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold='' green='' red='' plain=''
fi

steps_names=() steps_times=() steps_marks=()

# Microseconds; the decimal sign is the locale's.
now() { echo "${EPOCHREALTIME/[.,]/}"; }

# "0.4 s", "12 s", "3 min 05 s".
duration() {
    local tenths=$(($1 / 100000)) seconds=$(($1 / 1000000))
    if ((seconds < 10)); then
        echo "$((tenths / 10)).$((tenths % 10)) s"
    elif ((seconds < 60)); then
        echo "$seconds s"
    else
        printf '%d min %02d s\n' $((seconds / 60)) $((seconds % 60))
    fi
}

# step NAME COMMAND...: runs the command, notes its time, and ends the script if it fails.
step() {
    local name=$1 began status=0
    shift
    printf '\n%s== %s%s\n' "$bold" "$name" "$plain"
    began=$(now)
    # In a subshell `set -e` stays in force, which it would not on the left of `||`. After a signal
    # the program in it ends in its own way, and the shells wait for it.
    set +e
    (
        trap : INT TERM HUP
        set -e
        "$@"
    )
    status=$?
    set -e
    steps_names+=("$name")
    steps_times+=($(($(now) - began)))
    if [ "$status" = 0 ]; then
        steps_marks+=("$green✓$plain")
    else
        steps_marks+=("$red✗$plain")
        exit "$status"
    fi
}

# The table of all steps so far.
summary() {
    local at total=0
    printf '\n%s%s%s\n' "$bold" "What was done" "$plain"
    for at in "${!steps_names[@]}"; do
        total=$((total + steps_times[at]))
        printf '  %s %-52s %12s\n' "${steps_marks[at]}" "${steps_names[at]}" "$(duration "${steps_times[at]}")"
    done
    printf '    %-52s %12s\n' "in all" "$(duration $total)"
}
