# Runs a command with its temporary files in memory, where this computer lets root mount that: a build
# writes 2 GB which nobody needs afterwards, and waits for the disk longer than it computes. The mounts
# are in a namespace of their own, so that nothing is left of them however the command ends.
#
#   sh -c THIS FOLDER BYTES COMMAND...
set -eu
bytes=$1
shift
if unshare --mount --propagation private true 2>/dev/null; then
    # shellcheck disable=SC2016 # expanded by the inner shell
    exec unshare --mount --propagation private sh -c '
        folder=$1 bytes=$2
        shift 2
        if mount -t tmpfs -o "size=$bytes,mode=0755" tmpfs "$folder" 2>/dev/null; then
            export TMPDIR="$folder"
        fi
        exec "$@"' sh "$0" "$bytes" "$@"
fi
exec "$@"
