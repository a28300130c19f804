#!/usr/bin/env bash
# `make demo`: bakes an image on this machine, starts a second machine from it, tests that one, and
# removes both. Everything but the cached base image stays inside target/demo.
#
# It builds the program with this cloud alone, which is done in a fraction of the time, into the folder
# that `make build` and `make test` use: what is built here is not built again there.

# shellcheck source=tests/support/steps.sh
source "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

TARGET=$(realpath -m "${CARGO_TARGET_DIR:-target}")
DEMO=$TARGET/demo
IMGCTL=$TARGET/debug/imgctl
FEATURES=local
grep -q '^fake = ' Cargo.toml && FEATURES=local,fake

# Shows each command as a reader can type it.
run() {
    printf '%s$ imgctl %s%s\n' "$bold" "$*" "$plain"
    (cd "$DEMO" && exec "$IMGCTL" "$@")
}

# Also after a failure and after Ctrl-C no machine of the demo is left running.
finish() {
    local status=$?
    trap - EXIT
    trap : INT TERM HUP
    if [ -e "$DEMO/.state.json" ]; then
        printf '\n%s== clean up%s\n' "$bold" "$plain"
        run destroy || echo "The clean-up failed: 'cd $DEMO && $IMGCTL destroy' tries again." >&2
    fi
    summary
    if [ "$status" = 0 ]; then
        product
    fi
    exit "$status"
}

# Says where the image is, and what can be done with it.
product() {
    local id
    id=$(awk 'END {print $1}' "$DEMO/images.txt")
    cat <<END

The image is $id, in $DEMO (which 'make demo' empties before the next time).
  cd $DEMO
  $IMGCTL up:base=$id ssh destroy     a machine made from it, and a shell there
  $IMGCTL delete_image:$id            removes it

What was done, to look at in a browser:
  $DEMO/report.html

This imgctl has only the local cloud. For EC2, OpenStack, Rackspace and GCE: make build
END
}

# Removes the image of an earlier demo, and its machines if it was killed.
project() {
    if [ -e "$DEMO/.state.json" ]; then
        run destroy
    fi
    rm -rf "$DEMO"
    mkdir -p "$DEMO"
    cat >"$DEMO/config.yaml" <<END
# Written by 'make demo'.
clouds:
  local:
    # Instances and images; without this line they are under ~/.local/share/imgctl.
    folder: local
END
}

list() {
    run list_images | tee "$DEMO/images.txt"
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step "what the demo needs" tests/support/setup.sh
step "build" cargo build --locked --no-default-features --features "$FEATURES"
step "a folder for the demo" project
step "up bootstrap tests create_image" \
    run cloud:local distribution:debian12 up bootstrap tests create_image --report report.html
step "a machine from the new image: tests" run verify_image
step "destroy" run destroy
step "list_images" list
