"""Disks: what `disks.*` does."""

from errors import in_use


class Disks:
    def __init__(self, world, operations, faults):
        self.world, self.operations, self.faults = world, operations, faults

    def path(self, parts):
        return f"projects/{parts['project']}/zones/{parts['zone']}/disks/{parts['disk']}"

    def get(self, call, parts, body):
        return self.world.get(self.path(parts))

    def delete(self, call, parts, body):
        path = self.path(parts)
        disk = self.world.get(path)
        if disk.get("users"):
            raise in_use(path, self.world.path_of(disk["users"][0]))
        # Not among its users, as on the real one.
        for image in self.world.things.values():
            if image.get("sourceDisk") == disk["selfLink"] and image["status"] == "PENDING":
                raise in_use(path, self.world.path_of(image["selfLink"]))
        place = path.rsplit("/", 2)[0]
        return self.operations.start(
            call, place, "delete", path, self.faults.operation(call),
            lambda: None, lambda: self.world.things.pop(path),
        )  # fmt: skip
