# Prepares the root folder $1 for its packages: run by mmdebstrap once dpkg works there. setup.sh makes
# the initial RAM disks.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
tool=/usr/sbin/update-initramfs
chroot "$1" dpkg-divert --quiet --local --rename --divert "$tool.real" --add "$tool"
printf '#!/bin/sh\n' > "$1$tool"
chmod 0755 "$1$tool"
