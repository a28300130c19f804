#!/usr/bin/env bash
# versions.sh ROOT: prints the versions of the services, on one line.

# shellcheck disable=SC2016
chroot "$1" dpkg-query --show --showformat='${Package} ${Version}, ' \
    keystone glance-api placement-api neutron-server nova-api cinder-api | sed 's/, $//'
