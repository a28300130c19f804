#!/usr/bin/env bash
# Installs what the build, the demo and the tests need, on Debian and Ubuntu. Changes nothing on a
# machine that has everything.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin:/usr/sbin:/sbin"
LOG=target/setup.log

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}
has() { command -v "$1" >/dev/null; }

case $(uname -m) in
    aarch64 | arm64) qemu=qemu-system-aarch64 qemu_package=qemu-system-arm ;;
    *) qemu=qemu-system-x86_64 qemu_package=qemu-system-x86 ;;
esac

has_browser() {
    has chromium-headless-shell || has chromium || has chromium-browser || has google-chrome
}
has_browser_package() {
    [ -n "$(apt-cache --names-only search '^chromium-headless-shell$' 2>/dev/null)" ]
}

# Looks for programs and files, not for packages: they may have been installed in another way.
missing() {
    # To build: a C compiler and OpenSSL, for SSH and TLS.
    has cc || echo gcc
    [ -e /usr/include/stdio.h ] || echo libc6-dev
    has pkg-config || echo pkg-config
    { has pkg-config && pkg-config --exists openssl; } || echo libssl-dev
    # To run: virtual machines, their base images, and ssh for `imgctl ssh`.
    has "$qemu" || echo "$qemu_package"
    { has qemu-img && has qemu-io; } || echo qemu-utils
    has mmdebstrap || echo mmdebstrap
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    has newuidmap || echo uidmap
    has mke2fs || echo e2fsprogs
    { has ssh && has ssh-agent && has ssh-keygen; } || echo openssh-client
    has ps || echo procps
    # For containers, which only root can run: they start in a second where there is no KVM.
    if [ "$(id -u)" = 0 ]; then
        has systemd-nspawn || echo systemd-container
        has slirp4netns || echo slirp4netns
        has perl || echo perl-base
    fi
    # To test: an SSH server that tests start for themselves, sudo, and a terminal for the output.
    has sshd || echo openssh-server
    has sudo || echo sudo
    has script || echo bsdutils
    # To test: the shells that complete what is typed.
    has bash || echo bash
    has zsh || echo zsh
    has fish || echo fish
    # To test: a browser that shows the reports. Ubuntu has none but as a snap.
    has_browser || ! has_browser_package || echo chromium-headless-shell
    # Emulated clouds are Python programs, each in an environment of its own (beds.sh).
    python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" >>"$LOG" 2>&1
}

# QEMU's packages must have one version. A machine with a newer one of them (from backports, say) gets
# both in the distribution's version.
apt_with_one_qemu() {
    local version
    version=$(LC_ALL=C apt-cache policy "$qemu_package" | awk '/Candidate:/ {print $2}')
    case $version in '' | '(none)') return 1 ;; esac
    say "QEMU's packages are of different versions: installing $version of each"
    apt install --no-install-recommends --no-remove --allow-downgrades \
        "$@" "$qemu_package=$version" "qemu-utils=$version"
}

# Debian starts a service when its package is installed. The tests need the program only: a machine
# without an SSH server must not have one running because of them.
POLICY=/usr/sbin/policy-rc.d
forbid_services() {
    [ -e "$POLICY" ] && return
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    trap 'as_root rm -f "$POLICY"' EXIT
}
disable_sshd() {
    as_root update-rc.d ssh disable >>"$LOG" 2>&1 || true
    if has systemctl; then
        # Distributions have one or the other.
        as_root systemctl disable ssh.service >>"$LOG" 2>&1 || true
        as_root systemctl disable ssh.socket >>"$LOG" 2>&1 || true
    fi
    if [ -d /run/systemd/system ]; then
        as_root systemctl stop ssh.socket ssh.service >>"$LOG" 2>&1 || true
    fi
    say "the SSH server is installed and switched off ('systemctl enable --now ssh' turns it on)"
}

install_packages() {
    local packages=("$@")
    if ! has apt-get; then
        fail "these are missing: ${packages[*]}" \
            "this script knows Debian and Ubuntu only: install these by your system's own tools," \
            "and try again"
    fi
    if [ "$(id -u)" != 0 ] && ! has sudo; then
        fail "these are missing: ${packages[*]}" \
            "there is no sudo: as root, run   apt-get install ${packages[*]}"
    fi
    mkdir -p target
    : >"$LOG"
    say "installing with apt (as root): ${packages[*]}"
    say "this takes a minute or two; $LOG has the details"
    [ "$(id -u)" = 0 ] || sudo -v || fail "sudo is needed for   apt-get install ${packages[*]}"
    apt update || say "the package lists could not be updated: continuing with the present ones"
    case " ${packages[*]} " in *' openssh-server '*) forbid_services ;; esac
    # Nothing that is installed is removed for it.
    if ! apt install --no-install-recommends --no-remove "${packages[@]}" \
        && ! { [[ " ${packages[*]} " == *' qemu-'* ]] && apt_with_one_qemu "${packages[@]}"; }; then
        tail -n 25 "$LOG" >&2
        fail "apt could not install them (see above, or $LOG)"
    fi
    case " ${packages[*]} " in *' openssh-server '*) disable_sshd ;; esac
}

if ! has cargo; then
    fail "the Rust toolchain is missing" "install it with rustup (https://rustup.rs), and try again"
fi
mapfile -t packages < <(missing)
if [ "${#packages[@]}" = 0 ]; then
    say "nothing is missing"
else
    install_packages "${packages[@]}"
    mapfile -t packages < <(missing)
    [ "${#packages[@]}" = 0 ] || fail "still missing after the installation: ${packages[*]}"
    say "done"
fi
