#!/usr/bin/env bash
# `make test`: set-up, format, lints and tests, with all clouds; with EVERYTHING=1 also those that tell the
# same of a second system, or at more of many places.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

OUTPUT=target/test.log

# The plain numbers come last, where people and programs look for them.
finish() {
    local status=$?
    summary
    if [ -s "$OUTPUT" ]; then
        count
    fi
    exit "$status"
}

rust_components() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    echo "setup: adding rustfmt and clippy to the Rust toolchain"
    rustup component add rustfmt clippy
}

setup() {
    tests/support/setup.sh
    rust_components
}

# Each list of packages is one environment; that of other programs is for `make bench-peers`.
emulated_clouds() {
    local list names=()
    for list in tests/support/beds/*.txt; do
        case $list in
            *.no-deps.txt | *.sources.txt | */peers.txt) ;;
            *) names+=("$(basename "$list" .txt)") ;;
        esac
    done
    tests/support/beds.sh "${names[@]}"
}

# Test binaries named local* start virtual machines: one at a time, as .config/nextest.toml says to
# nextest.
with_cargo_test() {
    local file name others=() machines=() status=0
    for file in tests/*.rs; do
        name=$(basename "$file" .rs)
        case $name in
            local_cloud_init | local_matrix) [ -z "${EVERYTHING:-}" ] || machines+=(--test "$name") ;;
            local*) machines+=(--test "$name") ;;
            *) others+=(--test "$name") ;;
        esac
    done
    # Most tests wait, so more of them than cores run at once: as .config/nextest.toml says to nextest.
    # What make test-all runs besides, as the default filter there says.
    local left_out=(--skip ::debian13 --skip ::el7 --skip a_kernel_of_its_own --skip guests:: --skip vendor::
        --skip boots_in_a_virtual_machine --skip local_rounds)
    for name in archive authorized_keys check cron download environment python sh; do
        left_out+=(--skip "$name::el9")
    done
    [ -z "${EVERYTHING:-}" ] || left_out=()
    cargo test --locked --no-fail-fast --lib --bins "${others[@]}" -- --test-threads=4 "${left_out[@]}" || status=$?
    if ((${#machines[@]})); then
        cargo test --locked --no-fail-fast "${machines[@]}" -- --test-threads=1 "${left_out[@]}" || status=$?
    fi
    return "$status"
}

# The crate is compiled once, by the lints' program, which is the compiler with more warnings. Meanwhile the
# environments of emulated clouds are made: for minutes one package is left to compile, which is one core's work.
build_and_clouds() {
    local clouds status=0
    emulated_clouds >target/clouds.log 2>&1 &
    clouds=$!
    # What runs in the background does not hear of Ctrl-C.
    # shellcheck disable=SC2064  # The name is unknown when the trap is carried out.
    trap "kill $clouds 2>/dev/null || true" EXIT
    cargo build --locked --all-targets || status=$?
    ((status)) || wait "$clouds" || status=$?
    cat target/clouds.log
    return "$status"
}

run_tests() {
    # The checkout may be another user's, as it is in containers of continuous integration. What is tried
    # with such projects has variables of its own.
    export IMGCTL_TRUSTED_PROJECTS='*'
    [ -t 1 ] && export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-always}
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --locked --no-fail-fast ${EVERYTHING:+--ignore-default-filter} 2>&1 | tee "$OUTPUT"
    else
        with_cargo_test 2>&1 | tee "$OUTPUT"
    fi
}

# Adds up the closing lines of the runners.
count() {
    sed $'s/\e\\[[0-9;]*m//g' "$OUTPUT" | awk '
        /^ *Summary \[/ || /^test result: / {
            gsub(/[,;()]/, " ")
            for (i = 2; i <= NF; i++) {
                if ($i == "passed") passed += $(i - 1)
                if ($i == "failed" && $(i - 1) ~ /^[0-9]+$/) failed += $(i - 1)
                if ($i == "timed" && $(i + 1) == "out") failed += $(i - 1)
                if ($i == "ignored" || $i == "skipped") skipped += $(i - 1)
            }
        }
        END { printf "\n%d passed, %d failed, %d skipped\n", passed, failed, skipped }'
}

mkdir -p target
rm -f "$OUTPUT"
# For all that cargo does here, or it would build once more; warnings of the crate are errors.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
trap finish EXIT
step "what the tests need" setup
step "format" cargo fmt --check
step "lints, build, emulated clouds" build_and_clouds
step "tests" run_tests
