"""Operations: PENDING, RUNNING, DONE; each call of `wait` takes one a step further.

With delays they take time instead, and `wait` answers at the end, as Google's does.
"""

import time
import uuid

from errors import ApiError, invalid


class Operations:
    def __init__(self, world):
        self.world = world
        self.steps = {}
        # Request id to (method and path, operation).
        self.requests = {}
        # The statuses of each, in order.
        self.history = {}
        # Seconds after which each goes a step further without being waited for; None: never.
        self.pace, self.since = None, {}
        # Seconds that those of a kind take (`instances.insert`), and when each is over.
        self.delays, self.due = {}, {}

    def known(self, call, path):
        """The operation of an earlier request with this request's id."""
        request = call.query.get("requestId")
        # "a valid UUID with the exception that zero UUID is not supported", says its description.
        if request is not None and not is_uuid(request):
            raise invalid(f"Invalid value for field 'requestId': '{request}'")
        if request not in self.requests or request is None:
            return None
        asked, operation = self.requests[request]
        if asked != (call.method, path):
            raise invalid(f"requestId {request} was used for {asked}")
        return operation

    def start(self, call, place, kind, target, fault, begin, finish, undo=None):
        """`begin` makes the change visible, `finish` completes it. `place` is below the API.

        A change that fails never becomes visible; with a `late` fault it is visible until `undo`.
        """
        name = f"operation-{next(self.world.numbers)}"
        fields = {
            "operationType": kind,
            "status": "PENDING",
            "progress": 0,
            "user": "baker@test-project.iam.gserviceaccount.com",
            "targetLink": self.world.link(target),
            "insertTime": moment(),
        }
        if "requestId" in call.query:
            fields["clientOperationId"] = call.query["requestId"]
        path = f"{place}/operations/{name}"
        operation = self.world.add(path, "operation", fields)
        self.steps[path] = (begin, finish, fault, undo)
        self.history[path] = ["PENDING"]
        self.since[path] = time.monotonic()
        if "requestId" in call.query:
            asked = (call.method, call.path.removeprefix("/compute/v1/"))
            self.requests[call.query["requestId"]] = (asked, operation)
        if seconds := self.delays.get(f"{target.split('/')[-2]}.{kind}"):
            self.due[path] = time.monotonic() + seconds
            self.advance(path)
        return operation

    def hold(self, path):
        """Returns when the operation of this call of `wait` is over, or Google's two minutes are."""
        due = self.due.get(path.removesuffix("/wait"), 0)
        time.sleep(max(0, min(due - time.monotonic(), 120)))

    def pass_time(self):
        """What has happened since the last call."""
        for path, since in list(self.since.items()):
            if self.pace is not None and time.monotonic() - since > self.pace:
                self.since[path] = time.monotonic()
                self.move(path)

    def settle(self):
        self.due.clear()
        for path in list(self.since):
            while path in self.since:
                self.move(path)

    def move(self, path):
        """One step, even if what it is about has been deleted since."""
        try:
            done = self.advance(path)["status"] == "DONE"
        except (ApiError, KeyError):
            self.world.get(path)["status"] = "DONE"
            done = True
        if done:
            self.since.pop(path, None)

    def advance(self, path):
        operation = self.world.get(path)
        begin, finish, fault, undo = self.steps[path]
        if fault and fault.get("ignored"):
            begin, finish, fault = (lambda: None), (lambda: None), None
        late = bool(fault and fault.get("late"))
        if operation["status"] == "PENDING":
            operation.update(status="RUNNING", progress=50, startTime=moment())
            if late or not fault:
                begin()
        elif operation["status"] == "RUNNING" and time.monotonic() >= self.due.get(path, 0):
            operation.update(status="DONE", progress=100, endTime=moment())
            if late:
                undo()
            if fault:
                error = {"code": fault["code"], "message": fault["message"]}
                if "zones" in fault:
                    told = {"metadatas": {"zonesAvailable": fault["zones"]}}
                    error["errorDetails"] = [{"errorInfo": told}]
                operation["error"] = {"errors": [*fault.get("first", []), error]}
                operation["httpErrorStatusCode"] = fault["status"]
                operation["httpErrorMessage"] = "REFUSED"
            else:
                finish()
        else:
            return operation
        self.history[path].append(operation["status"])
        return operation


def is_uuid(text):
    try:
        return uuid.UUID(text).int != 0 and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def moment():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000-08:00", time.gmtime(time.time() - 8 * 3600))
