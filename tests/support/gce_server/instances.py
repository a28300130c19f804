"""Instances: what `instances.*` does."""

import time

from errors import ApiError, exists, invalid, not_found
from guests import Guests
from world import ZONES


# Machine types that not every zone offers.
ONLY_IN = {"c4-standard-4": ["us-central1-f"], "e9-huge": []}
# Families that accept no Persistent Disk, and those with ARM processors.
HYPERDISK = ("c4-", "c4a-", "n4-")
ARM = ("t2a-", "c4a-")


class Instances:
    def __init__(self, world, operations, faults):
        self.world, self.operations, self.faults = world, operations, faults
        self.guests = Guests()
        self.addresses = 0
        # Whether guests report their host keys in guest attributes, or on the console alone.
        self.agent = True
        # How often guest attributes report the older host key after a start with a new one.
        self.stale = 0
        # By name: what an instance becomes from look to look.
        self.next = {}
        # Seconds until a guest reports anything, and when each does.
        self.boots, self.quiet = 0, {}
        # By path: the keys that are reported before the right one, and the one reported last.
        self.before, self.told = {}, {}

    def path(self, parts):
        return f"projects/{parts['project']}/zones/{parts['zone']}/instances/{parts['instance']}"

    def operation(self, call, parts, kind, target, begin, finish, undo=None):
        place = f"projects/{parts['project']}/zones/{parts['zone']}"
        fault = self.faults.operation(call)
        return self.operations.start(call, place, kind, target, fault, begin, finish, undo)

    def get(self, call, parts, body):
        instance = self.world.get(self.path(parts))
        if following := self.next.get(instance["name"]):
            instance["status"] = following.pop(0)
        return instance

    def insert(self, call, parts, body):
        place = f"projects/{parts['project']}/zones/{parts['zone']}"
        if parts["zone"] not in ZONES:
            raise not_found(place)
        path = f"{place}/instances/{body['name']}"
        disk = body["disks"][0]
        given = disk["initializeParams"]
        disk_path = f"{place}/disks/{given['diskName']}"
        for taken in (path, disk_path):
            if taken in self.world.things:
                raise exists(taken)
        self.check(body, parts["zone"])
        image = self.world.get(self.world.path_of(given["sourceImage"]))
        if image["status"] != "READY":
            raise invalid(f"image {image['name']} is not ready")
        machine = body["machineType"].rsplit("/", 1)[1]
        architecture = "ARM64" if machine.startswith(ARM) else "X86_64"
        if image.get("architecture", architecture) != architecture:
            raise invalid(f"{machine} is {architecture}, {image['name']} {image['architecture']}")
        kind = given["diskType"].rsplit("/", 1)[1]
        if machine.startswith(HYPERDISK) and not kind.startswith("hyperdisk-"):
            message = f"[{kind}, {machine}] features are not compatible for creating instance."
            raise ApiError(400, "badRequest", message)
        shielded = body.get("shieldedInstanceConfig", {})
        features = [feature["type"] for feature in image.get("guestOsFeatures", [])]
        if any(shielded.values()) and "UEFI_COMPATIBLE" not in features:
            raise ApiError(412, "conditionNotMet", "Cannot create a Shielded VM of this image.")

        def begin():
            self.world.add(disk_path, "disk", {
                **{key: image[key] for key in ("architecture", "guestOsFeatures") if key in image},
                "status": "READY", "sizeGb": given.get("diskSizeGb", "10"),
                "type": self.world.link(f"projects/{parts['project']}/{given['diskType']}"),
                "labels": given.get("labels", {}), "sourceImage": image["selfLink"],
                "users": [self.world.link(path)],
            })  # fmt: skip
            shown = {key: value for key, value in body.items() if key not in ("name", "disks")}
            shown["disks"] = [{
                "kind": "compute#attachedDisk", "boot": disk["boot"], "type": "PERSISTENT",
                "autoDelete": disk["autoDelete"], "source": self.world.link(disk_path),
                "deviceName": "persistent-disk-0", "index": 0, "mode": "READ_WRITE",
            }]  # fmt: skip
            shown["status"] = "PROVISIONING"
            self.world.add(path, "instance", shown)

        def undo():
            del self.world.things[path], self.world.things[disk_path]

        return self.operation(call, parts, "insert", path, begin, lambda: self.run(path), undo)

    @staticmethod
    def check(body, zone):
        machine = body["machineType"]
        if not machine.startswith(f"zones/{zone}/machineTypes/"):
            raise invalid(f"machineType {machine} is not of {zone}")
        kind = machine.rsplit("/", 1)[1]
        if zone not in ONLY_IN.get(kind, [zone]):
            raise invalid(
                f"Invalid value for field 'resource.machineType': '{machine}'. "
                f"Machine type with name '{kind}' does not exist in zone '{zone}'."
            )
        scheduling = body.get("scheduling", {})
        if "maxRunDuration" in scheduling and "instanceTerminationAction" not in scheduling:
            raise invalid("maxRunDuration needs an instanceTerminationAction")
        if scheduling.get("provisioningModel") == "SPOT" and scheduling.get("automaticRestart", True):
            raise invalid("a spot instance cannot be restarted automatically")
        accelerated = kind.startswith(("a2-", "g2-"))
        if accelerated and scheduling.get("onHostMaintenance") != "TERMINATE":
            # "GPU instances can't live migrate", says the documentation of scheduling.
            raise invalid("Instances with guest accelerators do not support live migration.")
        keys = [item["key"] for item in body["metadata"]["items"]]
        if len(keys) != len(set(keys)):
            raise invalid(f"metadata has a key twice: {keys}")

    def run(self, path):
        instance = self.world.get(path)
        instance["status"] = "RUNNING"
        self.addresses += 1
        card = instance["networkInterfaces"][0]
        card["networkIP"] = f"10.128.0.{self.addresses}"
        for outside in card.get("accessConfigs", []):
            outside["natIP"] = f"198.51.100.{self.addresses}"
        self.guests.write(instance)
        if key := self.told.get(path):
            self.before[path] = [key] * self.stale
        self.guests.boot(instance)
        self.quiet[path] = time.monotonic() + self.boots

    def is_quiet(self, path):
        return time.monotonic() < self.quiet.get(path, 0)

    def delete(self, call, parts, body):
        path = self.path(parts)
        instance = self.world.get(path)

        def begin():
            instance["status"] = "STOPPING"

        def finish():
            instance["status"] = "TERMINATED"
            self.guests.write(instance)
            del self.world.things[path]
            for disk in instance["disks"]:
                if disk["type"] == "SCRATCH":
                    continue
                source = self.world.path_of(disk["source"])
                if disk["autoDelete"]:
                    del self.world.things[source]
                else:
                    self.world.things[source].pop("users", None)

        return self.operation(call, parts, "delete", path, begin, finish)

    def stop(self, call, parts, body):
        path = self.path(parts)
        instance = self.world.get(path)
        if instance["status"] not in ("RUNNING", "TERMINATED"):
            message = f"The resource '{path}' is not ready"
            raise ApiError(400, "resourceNotReady", message)
        # "required if the instance has any attached Local SSD disks", says the documentation.
        local = any(disk["type"] == "SCRATCH" for disk in instance["disks"])
        if local and "discardLocalSsd" not in call.query:
            raise invalid("discardLocalSsd must be given for an instance with local SSDs")

        def finish():
            instance["status"] = "TERMINATED"
            for outside in instance["networkInterfaces"][0].get("accessConfigs", []):
                outside.pop("natIP", None)
            self.guests.write(instance)

        return self.operation(
            call, parts, "stop", path, lambda: instance.update(status="STOPPING"), finish
        )

    def start(self, call, parts, body):
        path = self.path(parts)
        instance = self.world.get(path)
        if instance["status"] != "TERMINATED":
            raise invalid(f"instance {instance['name']} is {instance['status']}")
        return self.operation(
            call, parts, "start", path,
            lambda: instance.update(status="STAGING"), lambda: self.run(path),
        )  # fmt: skip

    def resume(self, call, parts, body):
        path = self.path(parts)
        instance = self.world.get(path)
        if instance["status"] != "SUSPENDED":
            raise invalid(f"instance {instance['name']} is {instance['status']}")
        instance.pop("statusMessage", None)
        return self.operation(
            call, parts, "resume", path,
            lambda: instance.update(status="STAGING"), lambda: self.run(path),
        )  # fmt: skip

    def setDiskAutoDelete(self, call, parts, body):
        path = self.path(parts)
        instance = self.world.get(path)
        disks = [d for d in instance["disks"] if d["deviceName"] == call.query["deviceName"]]
        if not disks:
            raise invalid(f"no device {call.query['deviceName']}")

        def finish():
            disks[0]["autoDelete"] = call.query["autoDelete"] == "true"

        return self.operation(call, parts, "setDiskAutoDelete", path, lambda: None, finish)

    def getSerialPortOutput(self, call, parts, body):
        instance = self.world.get(self.path(parts))
        text = "" if self.is_quiet(self.path(parts)) else self.guests.console(instance)
        start = int(call.query.get("start", 0))
        text = text[max(0, len(text) + start) if start < 0 else start :]
        return {"kind": "compute#serialPortOutput", "contents": text, "next": str(len(text))}

    def testIamPermissions(self, call, parts, body):
        # The description of the API calls the instance a resource here.
        self.world.get(self.path({**parts, "instance": parts["resource"]}))
        lacking = self.faults.lacking
        return {"permissions": [name for name in body["permissions"] if name not in lacking]}

    def getGuestAttributes(self, call, parts, body):
        if "compute.instances.getGuestAttributes" in self.faults.lacking:
            message = "Required 'compute.instances.getGuestAttributes' permission for 'i'"
            raise ApiError(403, "forbidden", message)
        instance = self.world.get(self.path(parts))
        if self.faults.take("preempt", call):
            # Before its agent or its console reports anything.
            instance["status"] = "TERMINATED"
            self.guests.consoles.clear()
            raise not_found(self.path(parts) + "/guestAttributes")
        items = {item["key"]: item["value"] for item in instance["metadata"]["items"]}
        if items.get("enable-guest-attributes") != "TRUE":
            raise ApiError(403, "forbidden", "Guest attributes endpoint access is disabled.")
        key = None if self.is_quiet(self.path(parts)) else self.guests.host_key(instance)
        if not key or not self.agent or call.query.get("queryPath") != "hostkeys/":
            raise not_found(self.path(parts) + "/guestAttributes")
        if self.before.get(self.path(parts)):
            key = self.before[self.path(parts)].pop()
        self.told[self.path(parts)] = key
        kind, value = key.split()[:2]
        item = {"namespace": "hostkeys", "key": kind, "value": value}
        answer = {"kind": "compute#guestAttributes", "queryPath": "hostkeys/"}
        return {**answer, "queryValue": {"items": [item]}}
