# Gives the machine the name $1 of a distribution: el9 (Rocky Linux 9, with dnf) or el7 (CentOS 7, with
# yum and without dnf).
set -eu
rpm -q bed-base >/dev/null 2>&1 || rpm -i /srv/bed/baseos/bed-base-*.rpm \
    /srv/bed/baseos/curl-minimal-*.rpm /srv/bed/baseos/hello-update-1.0-*.rpm \
    /srv/bed/baseos/kernel-5.14.0-1*.rpm
rm -f /etc/os-release
case $1 in
el9)
    rpm -i /srv/bed/baseos/rocky-release-*.rpm
    cat >/etc/os-release <<'END'
NAME="Rocky Linux"
VERSION="9.4 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Rocky Linux 9.4 (Blue Onyx)"
END
    echo 'Rocky Linux release 9.4 (Blue Onyx)' >/etc/redhat-release
    ;;
el7)
    rpm -i /srv/bed/baseos/centos-release-*.rpm
    cat >/etc/os-release <<'END'
NAME="CentOS Linux"
VERSION="7 (Core)"
ID="centos"
ID_LIKE="rhel fedora"
VERSION_ID="7"
PRETTY_NAME="CentOS Linux 7 (Core)"
END
    echo 'CentOS Linux release 7.9.2009 (Core)' >/etc/redhat-release
    sed -i 's/%dist .*/%dist .el7/' /etc/rpm/macros
    # dnf by yum's name, without what yum does not know.
    mv /usr/bin/dnf /usr/bin/dnf-3 /usr/lib/bed/
    mv /etc/dnf/dnf.conf /etc/yum.conf
    cat >/usr/bin/yum <<'END'
#!/bin/sh
for word; do
    case $word in
    --allowerasing | --refresh | --best | --nobest | --setopt=install_weak_deps* | repoquery | mark | module | upgrade-minimal)
        echo "Usage: yum [options] COMMAND" >&2
        echo "Command line error: no such option: $word" >&2
        exit 1
        ;;
    esac
done
exec /usr/lib/bed/dnf --config /etc/yum.conf "$@"
END
    chmod 755 /usr/bin/yum
    ;;
*)
    echo "become.sh: el9 or el7, not $1" >&2
    exit 1
    ;;
esac
"$(command -v dnf || command -v yum)" -q makecache
