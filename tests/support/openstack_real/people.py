"""Creates users, projects and the catalogue in a fresh keystone, as an administrator."""

import openstack

cloud = openstack.connect(
    auth_url="http://127.0.0.1:5000/v3", username="admin", password="admin", project_name="admin",
    user_domain_id="default", project_domain_id="default", region_name="RegionOne",
)  # fmt: skip
identity = cloud.identity


def role(name):
    return identity.find_role(name)


def project(name):
    return identity.create_project(name=name, domain_id="default")


def user(name, password, project, *roles):
    made = identity.create_user(
        name=name, password=password, domain_id="default", default_project_id=project.id
    )
    grant(made, project, *roles)
    return made


def grant(user, project, *roles):
    for name in roles:
        identity.assign_project_role_to_user(project, user, role(name))


service = project("service")
if role("service") is None:
    identity.create_role(name="service")
for name in ["glance", "placement", "nova", "neutron", "cinder"]:
    user(name, name, service, "admin", "service")

# Two regions with the same services, except that RegionTwo has no block storage: clients see no other
# difference.
identity.create_region(id="RegionTwo")
SERVICES = [
    ("glance", "image", 9292, ""),
    ("placement", "placement", 8778, ""),
    ("nova", "compute", 8774, "/v2.1"),
    ("neutron", "network", 9696, ""),
    ("cinder", "volumev3", 8776, "/v3/%(project_id)s"),
]
for name, kind, port, path in SERVICES:
    made = identity.create_service(name=name, type=kind)
    for region in ["RegionOne"] if name == "cinder" else ["RegionOne", "RegionTwo"]:
        url = f"http://127.0.0.1:{port}{path}"
        identity.create_endpoint(
            service_id=made.id, interface="public", region_id=region, url=url
        )

# The user of the tests, with the role `member`, as ordinary users have. `small` gets small quotas,
# `wide` has two networks, and images are shared with `partner`.
builder = None
for name in ["ci", "wide", "small", "partner"]:
    made = project(name)
    if builder is None:
        builder = user("builder", "builder's secret", made, "member")
    else:
        grant(builder, made, "member")
admin = identity.find_user("admin")
grant(admin, identity.find_project("ci"), "admin")
