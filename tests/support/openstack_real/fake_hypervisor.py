"""Nova's fake hypervisor, with two functions of a real one that it lacks.

The fake driver keeps all servers in memory and starts nothing. Its snapshot uploads no image, so the
image would stay `queued`; its console has the same three words for every server. Here:

- a snapshot uploads a few bytes with nova's own glance client, as every real driver does. It fails for
  a server with the metadata `snapshot: fails`; with `snapshot: waits` it begins when the image is
  deleted, or after a minute. Nova's own code does the rest.
- the console of a server is the file /var/lib/consoles/ID, if it exists.
"""

import io
import os
import time

from nova import exception
from nova.compute import task_states
from nova.image import glance
from nova.virt import fake

CONSOLES = "/var/lib/consoles"


class Driver(fake.FakeDriver):
    def snapshot(self, context, instance, image_id, update_task_state):
        if instance.uuid not in self.instances:
            raise exception.InstanceNotRunning(instance_id=instance.uuid)
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        if instance.metadata.get("snapshot") == "fails":
            raise exception.NovaException("the disk of the host is full")
        if instance.metadata.get("snapshot") == "waits":
            self._wait_for_the_end_of(context, image_id)
        update_task_state(
            task_state=task_states.IMAGE_UPLOADING,
            expected_state=task_states.IMAGE_PENDING_UPLOAD,
        )
        images = glance.API()
        shown = images.get(context, image_id)
        metadata = {
            "name": shown["name"],
            "status": "active",
            "disk_format": "qcow2",
            "container_format": "bare",
            "properties": {"image_state": "available", "owner_id": instance.project_id},
        }
        images.update(context, image_id, metadata, io.BytesIO(b"the disk of a fake server"))

    def _wait_for_the_end_of(self, context, image_id):
        for _ in range(600):
            try:
                glance.API().get(context, image_id)
            except exception.ImageNotFound:
                return
            time.sleep(0.1)

    def get_console_output(self, context, instance):
        path = os.path.join(CONSOLES, instance.uuid)
        if not os.path.exists(path):
            return super().get_console_output(context, instance)
        with open(path) as console:
            return console.read()
