"""The resources: projects with their images, and one test project with everything else."""

import itertools
import time

from errors import exists, not_found

PROJECT = "test-project"
REGION = "us-central1"
ZONES = ["us-central1-a", "us-central1-b", "us-central1-f"]

# Project to (name, family, architecture, deprecation).
PUBLIC = {
    "debian-cloud": [
        ("debian-12-bookworm-v20261001", "debian-12", "X86_64", "DEPRECATED"),
        ("debian-12-bookworm-v20261101", "debian-12", "X86_64", None),
        ("debian-12-bookworm-arm64-v20261110", "debian-12-arm64", "ARM64", None),
        ("debian-11-bullseye-v20261101", "debian-11", "X86_64", None),
    ],
    "ubuntu-os-cloud": [
        ("ubuntu-1404-trusty-v20150128", "ubuntu-1404-lts", None, "DEPRECATED"),
        ("ubuntu-1404-trusty-v20150316", "ubuntu-1404-lts", None, "DEPRECATED"),
        ("ubuntu-1404-trusty-v20150909a", "ubuntu-1404-lts", None, "DEPRECATED"),
        ("ubuntu-1404-trusty-v20151113", "ubuntu-1404-lts", None, "OBSOLETE"),
        ("ubuntu-1604-xenial-v20190514", "ubuntu-1604-lts", None, "DEPRECATED"),
        ("ubuntu-1604-xenial-v20210429", "ubuntu-1604-lts", None, "DEPRECATED"),
        ("ubuntu-2404-noble-amd64-v20261101", "ubuntu-2404-lts-amd64", "X86_64", None),
    ],
    "centos-cloud": [("centos-7-v20150710", "centos-7", None, "DEPRECATED")],
}
# The successors of obsolete images.
SUCCESSOR = "ubuntu-1404-trusty-v20190514"


class World:
    def __init__(self, base):
        self.base = base
        self.numbers = itertools.count(1000)
        # Path below the API to the resource.
        self.things = {}
        self.policies = {}
        for project, images in PUBLIC.items():
            for order, (name, family, architecture, deprecation) in enumerate(images):
                image = {"family": family, "status": "READY", "archiveSizeBytes": "1073741824"}
                image["creationTimestamp"] = f"2015-01-01T00:00:0{order}.000-08:00"
                if architecture:
                    image["architecture"] = architecture
                    image["guestOsFeatures"] = [{"type": "UEFI_COMPATIBLE"}]
                if deprecation:
                    image["deprecated"] = {"state": deprecation}
                if deprecation == "OBSOLETE":
                    instead = f"projects/{project}/global/images/{SUCCESSOR}"
                    image["deprecated"]["replacement"] = self.link(instead)
                self.add(f"projects/{project}/global/images/{name}", "image", image)

    def link(self, path):
        return self.base + path

    def add(self, path, kind, fields):
        if path in self.things:
            raise exists(path)
        now = time.time()
        # With an offset, as Google writes it.
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now - 8 * 3600))
        thing = {
            "kind": f"compute#{kind}",
            "id": str(next(self.numbers)),
            "name": path.rsplit("/", 1)[1],
            "selfLink": self.link(path),
            "creationTimestamp": f"{moment}.{int(now * 1000) % 1000:03}-08:00",
            **fields,
        }
        if "/zones/" in path:
            thing["zone"] = self.link("/".join(path.split("/")[:4]))
        self.things[path] = thing
        return thing

    def get(self, path):
        if path not in self.things:
            raise not_found(path)
        return self.things[path]

    def path_of(self, link):
        """The path in a full address, or a path below the API as it is."""
        return link[link.index("projects/") :] if "projects/" in link else link

    def below(self, path):
        return [thing for known, thing in self.things.items() if known.rsplit("/", 1)[0] == path]

    def zonal(self, project, collection):
        """By zone, as in aggregated lists; global and regional resources by `global` and region."""
        if collection == "instanceTemplates":
            return {
                place: self.below(f"projects/{project}/{place}/{collection}")
                for place in ("global", f"regions/{REGION}")
            }
        return {
            f"zones/{zone}": self.below(f"projects/{project}/zones/{zone}/{collection}")
            for zone in ZONES
        }
