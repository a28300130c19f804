# Builds the packages of the repositories in /srv/bed: baseos, crb, epel, others, docker and vendor.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# package NAME VERSION RELEASE ARCHITECTURE: the rest of its spec on standard input, of which the lines
# before `%files` belong to its head. Written to $repository, and signed by the key $signer.
package() {
    {
        printf 'Name: %s\nVersion: %s\nRelease: %s\n' "$1" "$2" "$3"
        printf 'Summary: A package of the tests\nLicense: Apache-2.0\n'
        [ "$4" != noarch ] || echo 'BuildArch: noarch'
        cat
    } >"$work/$1.spec"
    grep -q '^%files' "$work/$1.spec" || printf '%%description\nIt stands for %s.\n%%files\n' "$1" >>"$work/$1.spec"
    rm -rf "$work/build"
    rpmbuild -bb --quiet --target "$4" --define "_topdir $work/build" --define '_build_id_links none' \
        --define 'debug_package %{nil}' --define '__os_install_post %{nil}' --define '_binary_payload w1.gzdio' \
        "$work/$1.spec" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
    mkdir -p "/srv/bed/$repository"
    if [ -n "$signer" ]; then
        rpm --define "_gpg_name $signer@example.org" --addsign "$work"/build/RPMS/*/*.rpm >"$work/log" 2>&1 || {
            cat "$work/log" >&2
            exit 1
        }
    fi
    mv "$work"/build/RPMS/*/*.rpm "/srv/bed/$repository/"
}

# with_file NAME VERSION RELEASE ARCHITECTURE FILE TEXT [HEAD…]: a package of one file.
with_file() {
    {
        [ -z "${7:-}" ] || printf '%s\n' "$7"
        printf '%%description\nOne file.\n%%install\nmkdir -p %%{buildroot}%s\n' "$(dirname "$5")"
        printf "cat >%%{buildroot}%s <<'END_OF_FILE'\n%s\nEND_OF_FILE\n" "$5" "$6"
        printf '%%files\n%s\n' "$5"
    } | package "$1" "$2" "$3" "$4"
}

# stub NAME [HEAD]: stands for a program of Debian's, or for nothing.
stub() {
    printf '%s\n' "${2:-}" | package "$1" 1.0 1.el9 noarch
}

# unpack DEB…: the files of Debian's packages, with those that they need and the machine lacks, in $root. Where
# Debian's programs lie in /lib, those of the EL family lie in /usr/lib.
unpack() {
    rm -rf "$root" "$work/debs"
    mkdir -p "$root" "$work/debs"
    (
        cd "$work/debs"
        lacking=$(apt-get -q -s install --no-install-recommends "$@" | awk '$1 == "Inst" { print $2 }')
        # shellcheck disable=SC2086
        apt-get -q download $lacking >/dev/null 2>"$work/log" || {
            cat "$work/log" >&2
            exit 1
        }
        for file in *.deb; do
            dpkg-deb -x "$file" "$root"
        done
    )
    for folder in bin sbin lib; do
        if [ -d "$root/$folder" ]; then
            mkdir -p "$root/usr/$folder"
            cp -a "$root/$folder/." "$root/usr/$folder/"
            rm -r "${root:?}/$folder"
        fi
    done
    rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/lintian" "$root/etc/init.d" "$root/etc/default"
}

# take NAME VERSION PATTERN [HEAD]: a package of those files in $root whose paths match, which are gone then.
take() {
    mkdir -p "$work/taken"
    (cd "$root" && find . ! -type d | cut -c 2- | grep -E "$3") >"$work/files"
    (cd "$root" && sed 's,^/,,' "$work/files" | xargs -d '\n' cp -a --parents -t "$work/taken")
    (cd "$root" && sed 's,^/,,' "$work/files" | xargs -d '\n' rm --)
    {
        printf '%s\n' "AutoReqProv: no" "${4:-}"
        printf '%%description\nDebian programs.\n%%install\ncp -a %s/. %%{buildroot}/\n%%files\n' "$work/taken"
        sed 's/.*/"&"/' "$work/files"
    } | package "$1" "$2" 1.el9 x86_64
    rm -r "$work/taken"
}

repository=baseos signer=bed root=$work/root
stub bed-base 'Provides: /bin/sh /bin/bash /usr/bin/bash /usr/bin/sh /usr/sbin/useradd /usr/sbin/groupadd /usr/bin/systemctl
Provides: bash coreutils glibc shadow-utils systemd rpm openssh-server sudo tar gzip'
stub rocky-release 'Provides: system-release = 9.4 redhat-release = 9.4 system-release(releasever) = 9'
stub centos-release 'Provides: system-release = 7 redhat-release = 7 system-release(releasever) = 7'

# What there is to be tried.
with_file hello-one 1.0 1.el9 x86_64 /usr/share/hello-one/version 1.0
with_file hello-one 1.1 1.el9 x86_64 /usr/share/hello-one/version 1.1
with_file hello-lib 1.0 1.el9 x86_64 /usr/share/hello-lib/version 1.0
with_file hello-dep 1.0 1.el9 noarch /usr/share/hello-dep/version 1.0 'Requires: hello-lib >= 1.0'
with_file hello-conflict 1.0 1.el9 noarch /usr/share/hello-one/version conflict
with_file hello-update 1.0 1.el9 noarch /usr/share/hello-update/version 1.0
with_file hello-update 2.0 1.el9 noarch /usr/share/hello-update/version 2.0
with_file hello-virtual 1.0 1.el9 noarch /usr/share/hello-virtual/version 1.0 'Provides: virtual-agent = 7'
with_file hello-broken 1.0 1.el9 noarch /usr/share/hello-broken/version 1.0 'Requires: nothing-has-this'
with_file hello-multi 1.0 1.el9 x86_64 /usr/share/hello-multi/x86_64 x86_64
with_file hello-multi 1.0 1.el9 i686 /usr/share/hello-multi/i686 i686
with_file hello-epoch 1.0 1.el9 noarch /usr/share/hello-epoch/version 1.0 'Epoch: 2'
with_file kernel 5.14.0 1.el9 x86_64 /lib/modules/5.14.0-1.el9.x86_64/vmlinuz 1
with_file kernel 5.14.0 2.el9 x86_64 /lib/modules/5.14.0-2.el9.x86_64/vmlinuz 2
with_file kernel-devel 5.14.0 2.el9 x86_64 /usr/src/kernels/5.14.0-2.el9.x86_64/Makefile ''
# As on EL 9: one of the two can be installed.
stub curl-minimal 'Provides: curl-any
Conflicts: curl'
stub curl 'Provides: curl-any
Conflicts: curl-minimal'

# What scripts install: Debian's programs are there, or nothing needs them.
for name in firewalld chrony git zip unzip bzip2 xz zstd make gcc gcc-c++ binutils python3 python3-pip wget \
    nginx cronie policycoreutils policycoreutils-python-utils selinux-policy-targeted libselinux-utils \
    ca-certificates glibc-langpack-en nftables dnf-plugins-core yum-utils ncurses-devel zlib-devel openssl-devel \
    libffi-devel rpm-build redhat-rpm-config createrepo_c dkms ruby-devel npm; do
    stub "$name"
done

# Debian's programs in packages of the EL family, with the names that they have there.
unpack ruby
take rubygems 3.3 '/gem[0-9.]*$|/rubygems'
take ruby 3.1 . 'Requires: rubygems'
unpack pipx
take pipx 1.1 .
unpack nodejs
take nodejs 18.20 .
# Of each version a group of links, as there, by the program that Debian has for it.
unpack openjdk-17-jre-headless
take java-17-openjdk-headless 17.0 . '%post
java=$(ls -d /usr/lib/jvm/java-17-*/bin/java)
update-alternatives --quiet --install /usr/bin/java java "$java" 1700000
%preun
java=$(ls -d /usr/lib/jvm/java-17-*/bin/java)
update-alternatives --quiet --remove java "$java"'

# Where EPEL comes from.
with_file epel-release 9 7.el9 noarch /etc/yum.repos.d/epel.repo '[epel]
name=Extra Packages for Enterprise Linux
baseurl=file:///srv/bed/epel
enabled=1
gpgcheck=1
gpgkey=file:///srv/bed/keys/RPM-GPG-KEY-others'

# Not signed, in a repository whose packages must be.
signer=
with_file hello-unsigned 1.0 1.el9 noarch /usr/share/hello-unsigned/version 1.0

repository=crb signer=bed
with_file hello-crb 1.0 1.el9 noarch /usr/share/hello-crb/version 1.0
repository=epel signer=others
with_file hello-epel 1.0 1.el9 noarch /usr/share/hello-epel/version 1.0
repository=others
with_file hello-other 1.0 1.el9 noarch /usr/share/hello-other/version 1.0
with_file docker-ce 27.0 1.el9 noarch /usr/share/docker-ce/version 27.0

# Vendors. The engine is Debian's, in the packages of Docker's repository.
repository=docker
unpack docker.io
take docker-ce-cli 27.0 '/usr/bin/docker$'
take containerd.io 1.7 'containerd|runc|/ctr$'
take docker-ce 27.0 . 'Requires: docker-ce-cli containerd.io
%post
getent group docker >/dev/null || groupadd --system docker
systemctl daemon-reload'
stub docker-buildx-plugin
stub docker-compose-plugin
# Java 21 and Node.js 99, as shell scripts.
repository=vendor
# with_program NAME VERSION FILE TEXT [HEAD]: a program that prints the text.
with_program() {
    {
        [ -z "${5:-}" ] || printf '%s\n' "$5"
        printf '%%description\nA program that knows its version.\n%%install\nmkdir -p %%{buildroot}%s\n' "$(dirname "$3")"
        printf "cat >%%{buildroot}%s <<'END_OF_FILE'\n#!/bin/sh\necho '%s'\necho '%s' >&2\nEND_OF_FILE\n" "$3" "$4" "$4"
        printf '%%files\n%%attr(755, root, root) %s\n' "$3"
    } | package "$1" "$2" 1.el9 noarch
}
with_program temurin-21-jre 21.0.1 /usr/lib/jvm/temurin-21-jre/bin/java 'openjdk version "21.0.1" 2023-10-17 LTS' '%post
update-alternatives --quiet --install /usr/bin/java java /usr/lib/jvm/temurin-21-jre/bin/java 2100'
with_program nodejs 99.1.0 /usr/bin/node v99.1.0

group() {
    printf '<group><id>%s</id><name>%s</name><description/><default>false</default><uservisible>true</uservisible><packagelist>' "$1" "$2"
    shift 2
    for name; do
        printf '<packagereq type="mandatory">%s</packagereq>' "$name"
    done
    printf '</packagelist></group>\n'
}
{
    echo '<?xml version="1.0" encoding="UTF-8"?><comps>'
    group development 'Development Tools' gcc make binutils
    group buildsys-build 'Buildsystem building group' rpm-build redhat-rpm-config
    echo '</comps>'
} >"$work/comps.xml"
for repository in baseos crb epel others docker vendor; do
    if [ "$repository" = baseos ]; then
        createrepo_c -q --groupfile "$work/comps.xml" "/srv/bed/$repository"
    else
        createrepo_c -q "/srv/bed/$repository"
    fi
done
