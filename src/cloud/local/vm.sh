# Runs QEMU for an instance, and another one whenever the guest reboots: emulated, a new QEMU boots
# faster than the old one, whose translated code is of no use then.
#
#   sh -c THIS imgctl-ID QEMU ARGUMENT...
#
# in the instance's folder.
set -eu
rm -f qmp.in
mkfifo qmp.in
# Open for reading, too, so that QEMU never reads its end.
exec 3<>qmp.in
while :; do
    echo '{"execute": "qmp_capabilities"}' >&3
    status=0
    "$@" -action reboot=shutdown -qmp stdio <&3 >qmp.out 3>&- || status=$?
    grep -q '"reason": "guest-reset"' qmp.out || exit "$status"
done
