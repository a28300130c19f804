# Makes a disk image of a root folder: a tar archive on standard input, qcow2 on standard output.
# Runs as (mapped) root, so that every file keeps its owner.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
work="$(mktemp -d "${TMPDIR:-/tmp}/imgctl-base.XXXXXX")"
# A command that the same signal ended may have ended the script first.
leave() {
    trap '' HUP INT TERM
    rm -rf "$work"
}
trap leave EXIT
trap 'leave; exit 1' HUP INT TERM
mkdir "$work/root"
# Only real root can create device nodes, and the kernel provides them at every boot.
tar --extract --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*' \
    --directory "$work/root"
# One and a half times the files: free space until it grows to the size of the disk.
used="$(du -sm --apparent-size "$work/root" | cut -f 1)"
size=$(( (used * 3 / 2 + 512 + 255) / 256 * 256 ))
truncate -s "${size}M" "$work/disk"
# The root partition lies between the first 2 MiB and the last.
mke2fs -q -t ext4 -L root -E offset=2097152,lazy_itable_init=1,lazy_journal_init=1 \
    -d "$work/root" "$work/disk" "$(( (size - 3) * 1024 ))k" >&2
# Not needed from here on: there may be little room.
rm -rf "$work/root"
qemu-img convert -f raw -O qcow2 "$work/disk" "$work/disk.qcow2" >&2
cat "$work/disk.qcow2"
