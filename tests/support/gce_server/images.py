"""Images: what `images.*` does."""

from errors import ApiError, exists, in_use, invalid, not_found


class Images:
    def __init__(self, world, operations, faults):
        self.world, self.operations, self.faults = world, operations, faults

    def path(self, parts):
        name = parts.get("image") or parts["resource"]
        return f"projects/{parts['project']}/global/images/{name}"

    def operation(self, call, parts, kind, target, begin, finish):
        place = f"projects/{parts['project']}/global"
        fault = self.faults.operation(call)
        return self.operations.start(call, place, kind, target, fault, begin, finish)

    def get(self, call, parts, body):
        return self.world.get(self.path(parts))

    def getFromFamily(self, call, parts, body):
        below = f"projects/{parts['project']}/global/images"
        offered = [
            image
            for image in self.world.below(below)
            if image.get("family") == parts["family"]
            and image.get("deprecated", {}).get("state", "ACTIVE") == "ACTIVE"
        ]
        if not offered:
            raise not_found(f"{below}/family/{parts['family']}")
        return max(offered, key=lambda image: image["creationTimestamp"])

    def insert(self, call, parts, body):
        path = f"projects/{parts['project']}/global/images/{body['name']}"
        if path in self.world.things:
            raise exists(path)
        source = self.world.path_of(body["sourceDisk"])
        disk = self.world.get(source)
        running = [
            user
            for user in disk.get("users", [])
            if self.world.get(self.world.path_of(user))["status"] != "TERMINATED"
        ]
        if running and call.query.get("forceCreate") != "true":
            raise in_use(source, self.world.path_of(running[0]))
        shown = {key: value for key, value in body.items() if key != "name"}
        shown.update(status="PENDING", sourceDisk=disk["selfLink"], diskSizeGb=disk["sizeGb"])
        shown.setdefault("storageLocations", ["us"])

        def finish():
            image = self.world.get(path)
            image.update(status="READY", archiveSizeBytes="734003200")
            image["architecture"] = disk.get("architecture", "X86_64")

        def begin():
            self.world.add(path, "image", shown)

        return self.operation(call, parts, "insert", path, begin, finish)

    def delete(self, call, parts, body):
        path = self.path(parts)
        image = self.world.get(path)
        return self.operation(
            call, parts, "delete", path,
            lambda: image.update(status="DELETING"), lambda: self.world.things.pop(path),
        )  # fmt: skip

    def deprecate(self, call, parts, body):
        image = self.world.get(self.path(parts))
        return self.operation(
            call, parts, "deprecate", self.path(parts),
            lambda: None, lambda: image.update(deprecated=body),
        )  # fmt: skip

    def patch(self, call, parts, body):
        # Other fields cannot be changed.
        if not set(body) <= {"family", "description"}:
            raise invalid(f"images.patch cannot change {sorted(body)}")
        image = self.world.get(self.path(parts))

        def finish():
            for key, value in body.items():
                image[key] = value
                if value is None:
                    del image[key]

        return self.operation(call, parts, "patch", self.path(parts), lambda: None, finish)

    def getIamPolicy(self, call, parts, body):
        self.world.get(self.path(parts))
        empty = {"etag": "BwAAAAAAAAA=", "version": 1}
        return self.world.policies.get(self.path(parts), empty)

    def setIamPolicy(self, call, parts, body):
        known = self.getIamPolicy(call, parts, None)
        policy = body["policy"]
        if policy.get("etag") != known["etag"]:
            raise ApiError(409, "conflict", "There were concurrent policy changes.")
        number = next(self.world.numbers)
        self.world.policies[self.path(parts)] = {**policy, "etag": f"Bw{number}AA="}
        return self.world.policies[self.path(parts)]
