#!/usr/bin/env bash
# databases.sh ROOT LOGS: creates the databases of all services in a fresh root folder. It runs once, in
# namespaces of its own: every run of the tests begins with a copy of the result.

ROOT=$1 LOGS=$2
# shellcheck source=tests/support/openstack_real/daemons.sh
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

mount_root
start_mariadb

{
    for name in keystone glance placement nova nova_api nova_cell0 neutron cinder; do
        echo "CREATE DATABASE $name CHARACTER SET utf8mb3;"
    done
    echo "CREATE USER cloud@'127.0.0.1' IDENTIFIED BY 'cloud';"
    echo "GRANT ALL ON *.* TO cloud@'127.0.0.1';"
} | in_root mariadb

in_root keystone-manage db_sync
in_root keystone-manage fernet_setup --keystone-user root --keystone-group root
in_root keystone-manage credential_setup --keystone-user root --keystone-group root
in_root glance-manage db_sync
in_root placement-manage db sync
in_root neutron-db-manage --config-file /etc/neutron/neutron.conf \
    --config-file /etc/neutron/ml2.ini upgrade heads
in_root cinder-manage db sync
in_root nova-manage api_db sync
in_root nova-manage cell_v2 map_cell0
in_root nova-manage cell_v2 create_cell --name cell1
in_root nova-manage db sync

in_root mariadb-admin shutdown
wait "${pids[mariadb]}"
