"""The API: every call is checked, carried out, and its reply checked as well."""

import copy
import json

from disks import Disks
from errors import ApiError, invalid, not_found
from faults import Faults
from filters import matching, page
from images import Images
from instances import Instances
from machine_types import MachineTypes
from operations import Operations
from world import PROJECT, PUBLIC, REGION, ZONES


class Compute:
    def __init__(self, discovery, world, authority):
        self.discovery, self.world, self.authority = discovery, world, authority
        self.faults = Faults()
        self.operations = Operations(world)
        self.instances = Instances(world, self.operations, self.faults)
        self.images = Images(world, self.operations, self.faults)
        self.disks = Disks(world, self.operations, self.faults)
        # Scopes (`zones/us-central1-a`) that aggregated lists leave out, and how they say so: by a
        # `warning` beside the scope, or by `unreachables` of the whole list.
        self.unreachable, self.told_by = [], "warning"
        self.log = []

    def answer(self, call):
        path = call.path.removeprefix("/compute/v1/")
        entry = {"method": call.method, "path": path, "query": call.query, "body": None}
        self.log.append(entry)
        try:
            status, headers, answer = 200, {}, self.carry_out(call, path, entry)
        except ApiError as error:
            status, headers, answer = error.status, error.headers, error.body()
        entry["status"] = status
        return status, headers, answer

    def carry_out(self, call, path, entry):
        self.operations.pass_time()
        entry["who"] = self.authority.check(call)
        body = json.loads(call.body) if call.body else None
        # A copy: the body becomes a resource, which changes later.
        entry["body"] = copy.deepcopy(body)
        method, parts = self.discovery.find(call.method, path)
        entry["call"] = method["id"].removeprefix("compute.")
        # A field that is null is removed by a patch.
        told = body
        if call.method == "PATCH":
            told = {key: value for key, value in body.items() if value is not None}
        self.discovery.check_call(method, parts, call.query, told)
        self.faults.refuse(call)
        if parts["project"] not in (PROJECT, *PUBLIC):
            raise not_found(f"projects/{parts['project']}")
        if call.method != "GET" and parts["project"] != PROJECT:
            message = f"Required 'compute.things.change' permission for '{path}'"
            raise ApiError(403, "forbidden", message)
        answer = self.operations.known(call, path)
        if answer is None:
            answer = self.dispatch(entry["call"], call, parts, body)
        # An invalid reply is a mistake of this fake.
        try:
            self.discovery.check(answer, method["response"], f"reply to {method['id']}")
        except ApiError as error:
            raise ApiError(500, "fakeIsWrong", error.message) from error
        # A copy: the resource changes later.
        return copy.deepcopy(answer)

    def dispatch(self, name, call, parts, body):
        resource, _, verb = name.partition(".")
        if verb in ("list", "aggregatedList"):
            answer = self.list(resource, verb, call, parts)
            if self.faults.take("endless", call):
                answer["nextPageToken"] = "1" if call.query.get("pageToken") == "0" else "0"
            return answer
        if resource in ("zoneOperations", "globalOperations"):
            return self.operation(resource, verb, parts)
        if name == "regions.get":
            return self.region(parts["project"], parts["region"])
        homes = {
            "instances": self.instances, "images": self.images, "disks": self.disks,
            "machineTypes": MachineTypes,
        }  # fmt: skip
        action = getattr(homes.get(resource), verb, None)
        if action is None:
            raise ApiError(501, "notImplemented", f"this fake has no {name}")
        return action(call, parts, body)

    def list(self, resource, verb, call, parts):
        project, noun = parts["project"], resource
        expression = call.query.get("filter")
        kind = f"compute#{noun.removesuffix('s')}"
        if resource in ("zoneOperations", "globalOperations"):
            noun, kind = "operations", "compute#operation"
        if verb == "aggregatedList":
            return self.aggregated(project, noun, kind, expression, call.query)
        place = f"zones/{parts['zone']}" if "zone" in parts else "global"
        items = matching(self.world.below(f"projects/{project}/{place}/{noun}"), expression)
        items, following = page(items, call.query)
        answer = {"kind": f"{kind}List", "id": f"projects/{project}/{place}/{noun}"}
        answer["selfLink"] = self.world.link(answer["id"])
        if items:
            answer["items"] = items
        if following:
            answer["nextPageToken"] = following
        return answer

    def aggregated(self, project, noun, kind, expression, query):
        scopes = self.world.zonal(project, noun)
        lost = self.unreachable if "zones/" in "".join(scopes) else []
        found = [
            (scope, item)
            for scope, items in scopes.items()
            if scope not in lost
            for item in matching(items, expression)
        ]
        found, following = page(found, query)
        items = {scope: {noun: [i for s, i in found if s == scope]} for scope in scopes}
        for scope, lists in items.items():
            if not lists[noun]:
                warning = {"code": "NO_RESULTS_ON_PAGE", "message": f"nothing in {scope}"}
                items[scope] = {"warning": warning}
        for scope in lost if self.told_by == "warning" else []:
            warning = {"code": "UNREACHABLE", "message": f"Failed to fetch results from {scope}"}
            items[scope] = {"warning": warning}
        path = f"projects/{project}/aggregated/{noun}"
        answer = {"kind": f"{kind}AggregatedList", "id": path, "items": items}
        answer["selfLink"] = self.world.link(path)
        if lost and self.told_by == "unreachables":
            answer["unreachables"] = lost
        if following:
            answer["nextPageToken"] = following
        return answer

    def operation(self, resource, verb, parts):
        place = f"zones/{parts['zone']}" if resource == "zoneOperations" else "global"
        path = f"projects/{parts['project']}/{place}/operations/{parts['operation']}"
        self.world.get(path)
        if verb == "wait":
            return self.operations.advance(path)
        if verb == "get":
            return self.world.get(path)
        raise invalid(f"this fake has no {resource}.{verb}")

    def region(self, project, name):
        if name != REGION:
            raise invalid(f"Invalid value for field 'region': '{name}'. Unknown region.")
        zones = [self.world.link(f"projects/{project}/zones/{zone}") for zone in ZONES]
        return {"kind": "compute#region", "name": name, "status": "UP", "zones": zones}
