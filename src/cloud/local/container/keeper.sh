# Runs one container from its start to its end, through all reboots. It is the first process of a PID
# namespace and has a mount namespace of its own: when it ends, however that happens, the kernel ends
# everything here and releases the mount, which releases the loop device.
#
#   sh -c THIS imgctl-ID PORT OFFSET SIZE UID ARGUMENT...
#
# in the instance's folder. PORT: for SSH on 127.0.0.1. OFFSET, SIZE: the root partition in disk.raw, in
# bytes. UID: the first of 65536 user ids of the container's own, or 0 where the kernel cannot map them.
# ARGUMENT: for systemd-nspawn.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
name=$0 port=$1 offset=$2 size=$3 uid=$4
shift 4

# A cgroup for systemd inside to divide. `destroy` removes it by its name.
for root in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
    if [ -e "$root/cgroup.procs" ]; then
        mkdir -p "$root/$name"
        echo 0 >"$root/$name/cgroup.procs"
    fi
done

# New systemds refuse the old hierarchy, which systemd-nspawn prefers where a computer has both.
if [ -e "/sys/fs/cgroup/unified/$name" ] || [ -e "/sys/fs/cgroup/$name" ]; then
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
fi

# After a crash of this computer.
check() {
    said=$(e2fsck -p "disk.raw?offset=$1" 2>&1) || [ $? = 1 ] || {
        echo "$said"
        exit 1
    }
}

# mount_as NAME FOLDER OFFSET SIZE: mounts a partition. Inside, the disk is /dev/vda as in a virtual
# machine: GRUB's scripts refuse the name of a loop device. The name is that of the node by which it was
# mounted.
devices=
mount_as() {
    mkdir -p loop "$2"
    # Without barriers: what a program syncs need not survive a crash of this computer.
    mount -o "loop,discard,barrier=0,offset=$3,sizelimit=$4" disk.raw loop
    number=$(findmnt --noheadings --output MAJ:MIN --mountpoint "$PWD/loop" | tr -d ' ')
    uuid=$(findmnt --noheadings --output UUID --mountpoint "$PWD/loop")
    mount -t tmpfs tmpfs /dev
    mknod "/dev/$1" b "${number%:*}" "${number#*:}"
    mount -t ext4 "/dev/$1" "$2"
    umount --lazy /dev
    umount loop
    devices="$devices $1 ${number%:*} ${number#*:} $uuid"
}

# Prints what /etc/fstab calls $1 as NAME=VALUE; nothing for what is no partition of the first disk, which has
# another name here than its maker gave it.
named() {
    case $1 in
        UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) echo "$1" | tr -d '"' ;;
        /dev/disk/by-uuid/* | /dev/disk/by-label/* | /dev/disk/by-partuuid/* | /dev/disk/by-partlabel/*)
            echo "$1" | sed 's,/dev/disk/by-\([a-z]*\)/\(.*\),\U\1\E=\2,'
            ;;
        /dev/[hsv]da[0-9]* | /dev/xvda[0-9]* | /dev/nvme0n1p[0-9]*)
            echo "NUMBER=$(echo "$1" | sed 's,.*[^0-9],,')"
            ;;
    esac
}

# Prints offset, size and type of the partition that `named` calls $1.
partition() {
    columns=START,SECTORS,UUID,NR,NAME
    partx --raw --noheadings --output $columns disk.raw | while read -r start sectors id number label; do
        from=$((start * 512)) long=$((sectors * 512))
        facts=$(blkid --probe --offset "$from" --size "$long" --output export disk.raw || true)
        names=$(printf 'PARTUUID=%s\nNUMBER=%s\nPARTLABEL=%s\n%s' "$id" "$number" "$label" "$facts")
        if echo "$names" | grep -qixF -- "$1"; then
            echo "$from $long $(echo "$facts" | sed -n 's/^TYPE=//p')"
        fi
    done
}

check "$offset"
mount_as vda root "$offset" "$size"

# Other partitions that the disk's own system mounts, such as one for /boot. They must be there when it
# installs a kernel. A file system for the firmware needs no change by that.
letters='b c d e f g h i j k'
fstab=root/etc/fstab
# A link on the disk would lead to a file of this computer.
if [ ! -f "$fstab" ] || [ -L "$fstab" ] || [ -L root/etc ]; then
    fstab=/dev/null
fi
map=$([ "$uid" = 0 ] || echo :idmap)
while read -r what where kind _; do
    case "$what $where" in
        '#'* | *' /') continue ;;
        *' /'*) ;;
        *) continue ;;
    esac
    as=$(named "$what")
    [ -n "$as" ] || continue
    found=$(partition "$as")
    case $found in
        '' | *' swap' | *' vfat') echo "not mounted: $what at $where ($kind)" ;;
        *' ext4')
            letter=${letters%% *} letters=${letters#* }
            check "${found%% *}"
            # shellcheck disable=SC2086 # three words
            set -- "$letter" $found -- "$@"
            mount_as "vd$1" "part-$1" "$2" "$3"
            shift 5
            set -- "--bind=$PWD/part-$letter:$where$map" "$@"
            ;;
        *)
            echo "the file system at $where, $kind, cannot be mounted for a container"
            exit 1
            ;;
    esac
done <"$fstab"

# The container sees the device under its root, and no other: grub-probe reads the file system's id
# from it. The host's /run is hidden from systemd-nspawn, which leaves files there.
container='
owner=$1 devices=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dev/disk/by-uuid
while [ -n "$devices" ]; do
    read -r name major minor uuid devices <<END
$devices
END
    mknod -m 440 "/run/dev/$name" b "$major" "$minor"
    ln -s "../../$name" "/run/dev/disk/by-uuid/$uuid"
    set -- "--bind=/run/dev/$name:/dev/$name" "$@"
done
# Readable for its root alone, who has another id than the root here.
cp -R keys /run/keys
chown -R -h "$owner:$owner" /run/dev /run/keys
exec systemd-nspawn --bind-ro=/run/dev/disk:/dev/disk "$@"'

# Forwards the port once slirp4netns listens.
forward='
use IO::Socket::UNIX;
my ($port, $socket) = @ARGV;
for (1 .. 500) {
    last if $socket = IO::Socket::UNIX->new("slirp.sock");
    select undef, undef, undef, 0.02;
}
die "slirp4netns does not answer\n" unless $socket;
print $socket "{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"tcp\",\"host_addr\":\"127.0.0.1\",",
    "\"host_port\":$port,\"guest_addr\":\"10.0.2.15\",\"guest_port\":22}}";
$socket->flush;
shutdown $socket, 1;
my $reply = join "", <$socket>;
exit 0 if $reply =~ /"return"/;
print "port $port of 127.0.0.1 cannot be forwarded: $reply\n";
exit 1'

boot= leader= network=
# Powers the machine off, like the button of a real one.
trap '[ -z "$leader" ] || kill -38 "$leader"' TERM

# A signal interrupts `wait`.
wait_for() {
    while :; do
        status=0
        wait "$1" || status=$?
        kill -0 "$1" 2>/dev/null || return 0
    done
}

while :; do
    unshare --mount --propagation private sh -c "$container" sh "$uid" "$devices" \
        "$@" >>console.log &
    boot=$!
    leader=
    while [ -z "$leader" ]; do
        if ! kill -0 "$boot" 2>/dev/null; then
            wait_for "$boot"
            exit 1
        fi
        for child in $(cat "/proc/$boot/task/$boot/children" 2>/dev/null); do
            net=$(readlink "/proc/$child/ns/net") || continue
            [ "$net" = "$(readlink /proc/self/ns/net)" ] || leader=$child
        done
        [ -n "$leader" ] || sleep 0.02
    done
    rm -f slirp.sock
    # Without its network the machine is of no use.
    (
        slirp4netns --mtu=65520 --enable-sandbox --api-socket=slirp.sock "$leader" eth0 3>&- &
        trap 'kill -KILL $!; wait; exit' TERM
        wait $! || true
        echo "its network, the process slirp4netns, ended: see slirp.log" >&3
        kill -KILL "$boot"
    ) 3>&1 >slirp.log 2>&1 &
    network=$!
    perl -e "$forward" "$port"
    : >ready
    wait_for "$boot"
    leader=
    kill -TERM "$network" 2>/dev/null || true
    wait "$network" || true
    # systemd-nspawn ends with 133 for a reboot.
    [ "$status" = 133 ] || break
done
# The kernel counts here what it could not write; programs are told only if they ask for it.
lost() {
    # shellcheck disable=SC2086 # four words a device
    set -- $devices
    while [ $# -gt 0 ]; do
        counts=/sys/fs/ext4/$(basename "$(readlink "/sys/dev/block/$2:$3")")
        cat "$counts/errors_count" "$counts/warning_count" 2>/dev/null || true
        shift 4
    done | grep -qvx 0
}

if [ "$status" = 0 ] && { ! sync --file-system root 2>/dev/null || lost; }; then
    echo "the container's disk lacks what could not be written: make room for it on this computer"
    exit 1
fi
if [ "$status" = 0 ]; then
    for mounted in part-* root; do
        [ -d "$mounted" ] || continue
        fstrim "$mounted" || true
        umount "$mounted"
    done
    rm -f pid
fi
exit "$status"
