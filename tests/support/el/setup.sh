# Gives Debian 12 what a machine of the EL family has: rpm's database for the whole system, dnf, and a
# repository of small packages in /srv/bed. Debian's programs stay, with packages that stand for them.
set -eu
export DEBIAN_FRONTEND=noninteractive HOME=/root
here=$(cd "$(dirname "$0")" && pwd)

apt-get -q update
apt-get -q -y install --no-install-recommends dnf dnf-plugins-core rpm createrepo-c gnupg \
    curl wget ca-certificates git make zip unzip bzip2 xz-utils zstd python3-venv python3-pip firewalld chrony cron \
    locales iptables

# Debian's rpm has a database for each user.
mkdir -p /etc/rpm /etc/yum.repos.d /etc/pki/rpm-gpg /var/lib/rpm
cat >/etc/rpm/macros <<'END'
%_dbpath /var/lib/rpm
%dist .el9
%__gpg /usr/bin/gpg
END
cat >/etc/dnf/dnf.conf <<'END'
[main]
gpgcheck=1
installonly_limit=3
clean_requirements_on_remove=True
best=True
END
# A repository of what was downloaded, which is of no use here.
sed -i "s/^enabled.*/enabled = 0/" /etc/dnf/plugins/local.conf
rpm --initdb

# Two keys: of the distribution, and of others (EPEL, vendors).
key() {
    gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
        --quick-generate-key "$1 <$1@example.org>" rsa2048 sign never
    gpg --batch --armor --export "$1@example.org" >"$2"
}
key bed /etc/pki/rpm-gpg/RPM-GPG-KEY-bed
mkdir -p /srv/bed/keys
key others /srv/bed/keys/RPM-GPG-KEY-others

sh "$here/packages.sh"

cat >/etc/yum.repos.d/bed.repo <<'END'
# The repositories of a distribution, as files.

[baseos]
name=BaseOS
baseurl=file:///srv/bed/baseos
enabled=1
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-bed

[crb]
name=CodeReady Builder
baseurl=file:///srv/bed/crb
enabled=0
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-bed
END

# bash is what /bin/sh is, and pip may change the system's own Python.
ln -sf bash /bin/sh
rm -f /usr/lib/python3*/EXTERNALLY-MANAGED

# A group of administrators, as there.
getent group wheel >/dev/null || groupadd --system wheel
systemctl disable --now firewalld chrony >/dev/null 2>&1 || true
systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer >/dev/null 2>&1 || true

# Whoever calls them is wrong here.
apt-get clean
rm -rf /var/lib/apt/lists/*
mkdir -p /usr/lib/bed
for program in apt apt-get apt-cache apt-mark apt-key dpkg dpkg-query dpkg-deb dpkg-divert; do
    if [ -e "/usr/bin/$program" ]; then
        mv "/usr/bin/$program" "/usr/lib/bed/$program"
    fi
done
