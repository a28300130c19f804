"""A driver for cinder, with sparse files in place of disks.

A volume or a snapshot is a file of its size in /var/lib/volumes, and a volume from an image holds what
cinder itself downloaded and converted. No server can attach it: nova's hypervisor is fake, too. States,
quotas, sizes, scheduling and the rules of what may be deleted are cinder's own.

The metadata of a volume make the driver fail or wait:

- `volume: fails` when it is created; `volume: waits` creates it when /var/lib/volumes/go exists, or
  after a minute;
- `volume-snapshot: fails` when a snapshot of it is created;
- `volume-end: fails` when it is deleted for the first time.
"""

import os
import time

from cinder import exception
from cinder.image import image_utils
from cinder.volume import driver

VOLUMES = "/var/lib/volumes"
GIB = 1 << 30


def path(thing):
    return os.path.join(VOLUMES, thing.id)


def asked(volume, key):
    return (volume.metadata or {}).get(key)


class Driver(driver.VolumeDriver):
    VERSION = "1.0"

    def do_setup(self, context):
        os.makedirs(VOLUMES, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": "fake",
            "vendor_name": "imgctl",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "total_capacity_gb": 1000,
            "free_capacity_gb": 1000,
            "reserved_percentage": 0,
        }

    def create_volume(self, volume):
        if asked(volume, "volume") == "fails":
            raise exception.VolumeDriverException("the disks of the back end are full")
        until = time.monotonic() + 60
        while asked(volume, "volume") == "waits" and time.monotonic() < until:
            if os.path.exists(os.path.join(VOLUMES, "go")):
                break
            time.sleep(0.1)
        with open(path(volume), "wb") as file:
            file.truncate(volume.size * GIB)

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        image_utils.fetch_to_raw(
            context, image_service, image_id, path(volume), "1M", size=volume.size
        )
        os.truncate(path(volume), volume.size * GIB)

    def create_volume_from_snapshot(self, volume, snapshot):
        # A sparse copy, as the original is.
        self._execute("cp", "--sparse=always", path(snapshot), path(volume))
        os.truncate(path(volume), volume.size * GIB)

    def create_cloned_volume(self, volume, src_vref):
        self.create_volume_from_snapshot(volume, src_vref)

    def delete_volume(self, volume):
        failed = path(volume) + ".failed"
        if asked(volume, "volume-end") == "fails" and not os.path.exists(failed):
            open(failed, "w").close()
            raise exception.VolumeDriverException("the back end does not answer")
        self._remove(volume)

    def create_snapshot(self, snapshot):
        if asked(snapshot.volume, "volume-snapshot") == "fails":
            raise exception.VolumeDriverException("the disks of the back end are full")
        self._execute("cp", "--sparse=always", path(snapshot.volume), path(snapshot))

    def delete_snapshot(self, snapshot):
        self._remove(snapshot)

    def _remove(self, thing):
        if os.path.exists(path(thing)):
            os.remove(path(thing))

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "file", "data": {"path": path(volume)}}

    def terminate_connection(self, volume, connector, **more):
        pass
