# shellcheck shell=bash
# Sourced by inside.sh: the order in which the services start, and how to tell that they are ready.

# wsgi NAME PORT FILE: starts a service that Debian runs with uwsgi, too. uwsgi closes the connection
# after each reply, and announces that only with this header.
wsgi() {
    daemon "$1" uwsgi_python3 --master --die-on-term --no-orphans --need-app --lazy-apps \
        --enable-threads --processes 2 --threads 4 --buffer-size 65535 \
        --http-socket "127.0.0.1:$2" --add-header 'Connection: close' --wsgi-file "$3"
}

python_main() {
    printf 'import sys; sys.argv[0] = "%s"; from %s import main; sys.exit(main())' "$1" "$2"
}

first_services() {
    local identity=http://127.0.0.1:5000/v3
    start_mariadb
    daemon rabbitmq runuser -u rabbitmq --preserve-environment -- \
        env HOME=/var/lib/rabbitmq rabbitmq-server
    in_root keystone-manage bootstrap --bootstrap-password admin --bootstrap-region-id RegionOne \
        --bootstrap-internal-url "$identity" --bootstrap-public-url "$identity" >"$LOGS/bootstrap.log" 2>&1
    wsgi keystone 5000 /usr/bin/keystone-wsgi-public
    ready keystone answers 5000
    ready rabbitmq in_root runuser -u rabbitmq -- rabbitmq-diagnostics --quiet check_port_connectivity
}

# These find each other through the catalogue, which has to exist before.
other_services() {
    local neutron=(--config-file /etc/neutron/neutron.conf --config-file /etc/neutron/ml2.ini)
    wsgi placement 8778 /usr/bin/placement-api
    daemon glance glance-api
    daemon neutron neutron-server "${neutron[@]}"
    wsgi cinder-api 8776 /usr/bin/cinder-wsgi
    daemon cinder-scheduler cinder-scheduler
    daemon nova-api nova-api
    daemon nova-conductor nova-conductor
    daemon nova-scheduler nova-scheduler
    ready placement answers 8778
    ready glance answers 9292
    ready neutron answers 9696
    ready cinder-api answers 8776
    ready nova-api answers 8774
    daemon neutron-agent python3 /opt/fake/fake_agent.py "${neutron[@]}"
    # The program is in python3-nova; the package nova-compute would install libvirt, too.
    daemon nova-compute python3 -c "$(python_main nova-compute nova.cmd.compute)"
    # The package cinder-volume would install LVM and iSCSI.
    daemon cinder-volume env PYTHONPATH=/opt/fake \
        python3 -c "$(python_main cinder-volume cinder.cmd.volume)"
}
