# Tries what a container needs of the kernel, in namespaces like those of keeper.sh, and prints the first
# thing that is refused, with the reason: root of a CI agent's own container may do less than root.
#
#   sh -c THIS NAME
#
# NAME: for a cgroup.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
name=$0

try() {
    what=$1
    shift
    said=$("$@" 2>&1) || {
        printf '%s\n%s\n' "$what" "$said"
        exit 1
    }
}

tun() {
    : </dev/net/tun
}

# Where /dev is no devtmpfs, it lacks the nodes of devices that were added later.
loop_device() {
    device=$(losetup --find) || return 1
    [ -b "$device" ] || {
        echo "there is no $device"
        return 1
    }
}

cgroup() {
    for root in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
        if [ -e "$root/cgroup.procs" ]; then
            mkdir "$root/$name" && rmdir "$root/$name" || return 1
        fi
    done
}

try "the device /dev/net/tun" tun
try "a loop device" loop_device
try "cgroups of its own" cgroup
try "to mount file systems" mount -t tmpfs tmpfs /dev
try "to make device nodes" mknod /dev/trial b 7 0
try "user namespaces" unshare --user true
