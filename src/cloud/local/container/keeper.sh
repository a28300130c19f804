# Runs one container from its start to its end, through all reboots. It is the first process of a PID
# namespace and has a mount namespace of its own: when it ends, however that happens, the kernel ends
# everything here and releases the mount, which releases the loop device.
#
#   sh -c THIS imgctl-ID PORT OFFSET SIZE UID ARGUMENT...
#
# in the instance's folder. PORT: for SSH on 127.0.0.1. OFFSET, SIZE: the root partition in disk.raw, in
# bytes. UID: the first of 65536 user ids. ARGUMENT: for systemd-nspawn.
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
said=$(e2fsck -p "disk.raw?offset=$offset" 2>&1) || [ $? = 1 ] || {
    echo "$said"
    exit 1
}
mkdir -p loop root
# Without barriers: what a program syncs need not survive a crash of this computer.
mount -o "loop,discard,barrier=0,offset=$offset,sizelimit=$size" disk.raw loop
number=$(findmnt --noheadings --output MAJ:MIN --mountpoint "$PWD/loop" | tr -d ' ')
uuid=$(findmnt --noheadings --output UUID --mountpoint "$PWD/loop")
# Inside, the disk is /dev/vda as in a virtual machine: GRUB's scripts refuse the name of a loop device.
# The name is that of the node by which it was mounted.
mount -t tmpfs tmpfs /dev
mknod /dev/vda b "${number%:*}" "${number#*:}"
mount -t ext4 /dev/vda root
umount --lazy /dev
umount loop

# The container sees the device under its root, and no other: grub-probe reads the file system's id
# from it. The host's /run is hidden from systemd-nspawn, which leaves files there.
container='
number=$1 uuid=$2 owner=$3
shift 3
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dev/disk/by-uuid
mknod -m 440 /run/dev/vda b "${number%:*}" "${number#*:}"
ln -s ../../vda "/run/dev/disk/by-uuid/$uuid"
# Readable for its root alone, who has another id than the root here.
cp -R keys /run/keys
chown -R -h "$owner:$owner" /run/dev /run/keys
exec systemd-nspawn --bind=/run/dev/vda:/dev/vda --bind-ro=/run/dev/disk:/dev/disk "$@"'

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
    unshare --mount --propagation private sh -c "$container" sh "$number" "$uuid" "$uid" \
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
        slirp4netns --mtu=65520 --enable-sandbox --api-socket=slirp.sock "$leader" eth0 &
        trap 'kill -KILL $!; wait; exit' TERM
        wait $! || true
        echo "slirp4netns ended"
        kill -KILL "$boot"
    ) >slirp.log 2>&1 &
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
if [ "$status" = 0 ]; then
    fstrim root || true
    umount root
    rm -f pid
fi
exit "$status"
