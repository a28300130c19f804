"""Creates flavors, networks and images, as an administrator, and waits for the compute host."""

import subprocess
import time

import openstack

cloud = openstack.connect(
    auth_url="http://127.0.0.1:5000/v3", username="admin", password="admin", project_name="admin",
    user_domain_id="default", project_domain_id="default", region_name="RegionOne",
)  # fmt: skip
projects = {project.name: project for project in cloud.identity.projects()}

# `ssd` is the same as the default type; no back end has what `gold` wants.
cloud.block_storage.create_type(name="ssd")
cloud.block_storage.create_type(name="gold", extra_specs={"volume_backend_name": "gold"})

# The smallest, the usual one, and one that no host has capacity for.
for name, ram, vcpus in [("m1.tiny", 512, 1), ("m1.small", 2048, 1), ("m1.vast", 2048, 4000)]:
    cloud.compute.create_flavor(name=name, ram=ram, vcpus=vcpus, disk=1, is_public=True)


def network(name, project, cidr, **more):
    made = cloud.network.create_network(name=name, project_id=projects[project].id, **more)
    subnet = cloud.network.create_subnet(
        name=name, project_id=projects[project].id, network_id=made.id, ip_version=4, cidr=cidr
    )
    return made, subnet


public, _ = network("public", "admin", "198.51.100.0/24", is_router_external=True)
for name, project, cidr in [
    ("private", "ci", "10.0.0.0/24"),
    ("blue", "wide", "10.1.0.0/24"),
    ("green", "wide", "10.2.0.0/24"),
    ("private", "small", "10.3.0.0/24"),
]:
    _, subnet = network(name, project, cidr)
    router = cloud.network.create_router(
        name=name,
        project_id=projects[project].id,
        external_gateway_info={"network_id": public.id},
    )
    cloud.network.add_interface_to_router(router, subnet_id=subnet.id)


def image(name, **data):
    """Creates an image in a second of its own, since glance counts in seconds."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.05)
    cloud.image.create_image(
        name=name, disk_format="qcow2", container_format="bare", visibility="public", **data
    )


def disk(size):
    """An empty disk as large as those of a distribution's images, as a file of 200 kB."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "/tmp/disk", size], check=True)
    with open("/tmp/disk", "rb") as file:
        return file.read()


image("Debian 12 old", data=disk("2G"))
image("Debian 12 new", data=disk("3G"))
image("Ubuntu 24.04", data=disk("4G"))
# Without data it stays queued, and no server can be started from it.
image("Debian 12 unfinished")

until = time.monotonic() + 300
while not [it for it in cloud.compute.services() if it.binary == "nova-compute" and it.state == "up"]:
    assert time.monotonic() < until, "nova-compute does not report"
    time.sleep(0.2)
while not [it for it in cloud.network.agents() if it.is_alive]:
    assert time.monotonic() < until, "neutron's agent does not report"
    time.sleep(0.2)
# This version of the client has no function for cinder's services.
while not [
    it
    for it in cloud.block_storage.get("/os-services").json()["services"]
    if it["binary"] == "cinder-volume" and it["state"] == "up"
]:
    assert time.monotonic() < until, "cinder-volume does not report"
    time.sleep(0.2)
