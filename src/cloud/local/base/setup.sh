# Turns the new root folder $1 into a base image: run by mmdebstrap as its last step, as (mapped)
# root. imgctl replaces @NAMES@, and takes its results from $1/imgctl-out.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
root="$1"
out="$root/imgctl-out"
mkdir "$out"

if dpkg --compare-versions "$(chroot "$root" dpkg-query -W -f '${Version}' systemd)" lt 252; then
    echo "systemd of this suite is older than 252, which is the first with credentials in SMBIOS tables" >&2
    exit 1
fi

# --- initial RAM disks: dpkg would have made each twice, with its kernel and at the end
rm "$root/usr/sbin/update-initramfs"
chroot "$root" dpkg-divert --quiet --local --rename --remove /usr/sbin/update-initramfs
for kernel in "$root"/boot/vmlinuz-*; do
    chroot "$root" update-initramfs -c -k "${kernel##*/vmlinuz-}"
done

# --- identity: made at the first boot, not part of the image
: > "$root/etc/machine-id"
rm -f "$root"/var/lib/dbus/machine-id "$root"/etc/ssh/ssh_host_*
echo "@HOSTNAME@" > "$root/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost ip6-localhost ip6-loopback\n' \
    "@HOSTNAME@" > "$root/etc/hosts"
echo 'LANG=C.UTF-8' > "$root/etc/default/locale"

# --- disk: the root partition and its file system grow to the size of the disk
echo "PARTUUID=@ROOT_PARTUUID@ / ext4 errors=remount-ro,x-systemd.growfs 0 1" > "$root/etc/fstab"
mkdir -p "$root/etc/repart.d"
printf '[Partition]\nType=root\n' > "$root/etc/repart.d/50-root.conf"
# The root partition is not found by its id while its table is written: remount it before.
mkdir -p "$root/etc/systemd/system/systemd-repart.service.d"
printf '[Unit]\nAfter=systemd-remount-fs.service\n' \
    > "$root/etc/systemd/system/systemd-repart.service.d/50-imgctl.conf"

# --- packages: a guest's dpkg syncs what it unpacks, unlike that of this build
rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
# Translated descriptions take longer to download than the lists.
echo 'Acquire::Languages "none";' > "$root/etc/apt/apt.conf.d/90imgctl"

# --- network: DHCP on every wired card
cat > "$root/etc/systemd/network/80-dhcp.network" <<'END'
[Match]
Name=en* eth*

[Network]
DHCP=yes
END
chroot "$root" systemctl -q enable systemd-networkd.service
# These take seconds on an emulated processor, and are for machines that live longer.
for unit in e2scrub_all.timer e2scrub_reap.service getty@tty1.service systemd-pstore.service \
    apt-daily.timer apt-daily-upgrade.timer; do
    if [ -n "$(chroot "$root" systemctl list-unit-files --no-legend "$unit")" ]; then
        chroot "$root" systemctl -q disable "$unit"
    fi
done

# --- keys from imgctl: systemd credentials, read at each boot where there are any
mkdir -p "$root/usr/lib/imgctl"
cat > "$root/usr/lib/imgctl/handover" <<'END'
#!/bin/sh
# Installs the login user, the authorized keys and the host key that imgctl passes.
set -eu
# A step that fails for a moment would leave a machine that nobody can enter. What fails is said on the
# console.
if [ $# = 0 ]; then
    for attempt in 1 2 3 4 5; do
        "$0" once && exit 0
        echo "imgctl: the keys cannot be installed (attempt $attempt of 5)"
        sleep 1
    done
    exit 1
fi
umask 077
credentials=/run/credentials/@system
case "$(cat "$credentials/imgctl.host_key_public")" in
    ssh-rsa*) kind=rsa ;;
    ecdsa-*) kind=ecdsa ;;
    *) kind=ed25519 ;;
esac
file="/etc/ssh/ssh_host_${kind}_key"
if ! cmp -s "$credentials/imgctl.host_key" "$file"; then
    # Keys of the machine that this disk was copied from.
    rm -f /etc/ssh/ssh_host_*
    cat "$credentials/imgctl.host_key" > "$file.new"
    mv "$file.new" "$file"
    cat "$credentials/imgctl.host_key_public" > "$file.pub"
    chmod 0644 "$file.pub"
fi
user="$(cat "$credentials/imgctl.user")"
if ! getent passwd "$user" > /dev/null; then
    useradd --create-home --shell /bin/bash "$user"
fi
if [ "$user" != root ] && [ ! -e "/etc/sudoers.d/90-imgctl-$user" ]; then
    echo "$user ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/90-imgctl-new
    chmod 0440 /etc/sudoers.d/90-imgctl-new
    mv /etc/sudoers.d/90-imgctl-new "/etc/sudoers.d/90-imgctl-$user"
fi
home="$(getent passwd "$user" | cut -d: -f6)"
# An attempt that failed may have made the user alone.
if [ ! -d "$home" ]; then
    mkdir -m 0700 -p "$home"
    chown "$user:" "$home"
fi
keys="$home/.ssh/authorized_keys"
mkdir -p "$home/.ssh"
touch "$keys"
while read -r line; do
    if [ -n "$line" ] && ! grep -qxF -e "$line" "$keys"; then
        echo "$line" >> "$keys"
    fi
done < "$credentials/imgctl.authorized_keys"
chown -R "$user:" "$home/.ssh"
END
cat > "$root/usr/lib/imgctl/user-data" <<'END'
#!/bin/sh
# Runs the user data that imgctl passes, once for each instance.
set -eu
credentials=/run/credentials/@system
done=/var/lib/imgctl/user-data
mkdir -p /var/lib/imgctl
cmp -s "$credentials/imgctl.instance" "$done" && exit 0
cat "$credentials/imgctl.instance" > "$done"
script="$(mktemp /run/imgctl-user-data.XXXXXX)"
cat "$credentials/imgctl.user_data" > "$script"
chmod 0700 "$script"
# /run may be mounted noexec, so the interpreter of the script's first line is run.
exec $(head -n 1 "$script" | cut -c 3-) "$script"
END
chmod 0755 "$root"/usr/lib/imgctl/*
cat > "$root/etc/systemd/system/imgctl-handover.service" <<'END'
[Unit]
Description=Install the keys passed by imgctl
ConditionPathExists=/run/credentials/@system/imgctl.user
DefaultDependencies=no
After=systemd-remount-fs.service systemd-sysusers.service
Before=ssh.service ssh.socket systemd-user-sessions.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/imgctl/handover
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
END
cat > "$root/etc/systemd/system/imgctl-user-data.service" <<'END'
[Unit]
Description=Run the user data passed by imgctl
ConditionPathExists=/run/credentials/@system/imgctl.user_data
Wants=network-online.target
After=network-online.target imgctl-handover.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/lib/imgctl/user-data
StandardOutput=journal+console

[Install]
WantedBy=multi-user.target
END
cat > "$root/etc/systemd/system/imgctl-host-keys.service" <<'END'
[Unit]
Description=Make SSH host keys for a machine without any
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key
After=imgctl-handover.service cloud-init.service
Before=ssh.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
END
chroot "$root" systemctl -q enable imgctl-handover.service imgctl-user-data.service \
    imgctl-host-keys.service

# --- kernel: /vmlinuz and /initrd.img are links to the newest
quick=yes
for config in "$root"/boot/config-*; do
    for option in BLK_DEV_NVME EXT4_FS; do
        grep -q "^CONFIG_$option=y" "$config" || quick=no
    done
done
echo "$quick" > "$out/quick"

# --- boot loader: imgctl writes its first sectors, and later update-grub its menu
cat > "$root/etc/default/grub" <<'END'
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME} ) 2>/dev/null || echo Linux`
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=tty0 console=@CONSOLE@,115200"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
END
cat > "$root/etc/grub.d/05_imgctl" <<'END'
#!/bin/sh
# On imgctl's own machines, known by an SMBIOS string, the newest kernel starts without an initial RAM
# disk: its disk and file system drivers are built in. Elsewhere the usual menu follows.
cat <<'MENU'
insmod smbios
smbios --type 1 --get-string 25 --set imgctl_boot
if [ "$imgctl_boot" = "imgctl.boot=kernel" ]; then
    linux /vmlinuz root=PARTUUID=@ROOT_PARTUUID@ ro console=@CONSOLE@,115200 cloud-init=disabled
    boot
fi
MENU
END
chmod 0755 "$root/etc/grub.d/05_imgctl"
mkdir -p "$root/boot/grub/i386-pc"
cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc"
{
    echo "serial --unit=0 --speed=115200"
    echo "terminal_input console serial"
    echo "terminal_output console serial"
    if [ "$quick" = yes ]; then "$root/etc/grub.d/05_imgctl"; fi
    echo "linux /vmlinuz root=PARTUUID=@ROOT_PARTUUID@ ro console=tty0 console=@CONSOLE@,115200"
    echo "initrd /initrd.img"
    echo "boot"
} > "$root/boot/grub/grub.cfg"
chmod 0600 "$root/boot/grub/grub.cfg"
[ "$quick" = yes ] || rm "$root/etc/grub.d/05_imgctl"
chroot "$root" grub-mkimage -O i386-pc -p '(,gpt1)/boot/grub' \
    -o /boot/grub/i386-pc/core.img biosdisk part_gpt ext2
cp "$root/usr/lib/grub/i386-pc/boot.img" "$root/boot/grub/i386-pc/core.img" "$out"
