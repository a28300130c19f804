#!/usr/bin/env bash
# The step of action.yml. GitHub gives INPUT_RUN, INPUT_PROGRAM, INPUT_REPORT and ACTION_PATH, and reads outputs
# from the file GITHUB_OUTPUT.

set -euo pipefail

fail() {
    # GitHub shows it at the top of the job's page.
    printf '::error title=imgctl::%s\n' "$1"
    exit 2
}

output() { printf '%s=%s\n' "$1" "$2" >>"${GITHUB_OUTPUT:?}"; }

if [ -n "${INPUT_PROGRAM:-}" ]; then
    program=$(command -v -- "$INPUT_PROGRAM") || fail "there is no program $INPUT_PROGRAM"
else
    program=$ACTION_PATH/target/release/imgctl
    echo "::group::imgctl is built"
    make --no-print-directory -C "$ACTION_PATH" setup
    cargo build --release --locked --manifest-path "$ACTION_PATH/Cargo.toml" --target-dir "$ACTION_PATH/target"
    echo "::endgroup::"
fi
output program "$program"

# Words are separated and quoted as in a shell, and nothing in them is carried out.
words=()
separated=$(xargs printf '%s\0' <<<"${INPUT_RUN:-}" 2>/dev/null | tr '\0' '\n') \
    || fail "the quotes of \`run: $INPUT_RUN\` are not closed"
while IFS= read -r word; do
    words+=("$word")
done <<<"$separated"
[ -n "${words[*]}" ] || fail "\`run\` is empty: write what is to be done, such as \`run: bake\`"

if [ -n "${INPUT_REPORT:-}" ]; then
    words+=(--report "$INPUT_REPORT")
    output report "$INPUT_REPORT"
fi
exec "$program" "${words[@]}"
