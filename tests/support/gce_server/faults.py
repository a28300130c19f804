"""Faults that tests plan: refusals, operations that fail, lost and held replies."""

import re
import threading
import time

from errors import ApiError


class Faults:
    def __init__(self):
        self.planned = []
        # Permissions that the caller lacks, as far as the fake asks for them.
        self.lacking = []
        self.held = threading.Event()
        self.release = threading.Event()

    def plan(self, fault):
        """`match` is a regular expression for `METHOD path`; `times` how often (1).

        With the kind `endless`, the pages of a list name each other as the next one."""
        self.planned.append({"times": 1, **fault})

    def take(self, kind, call):
        for fault in self.planned:
            hit = fault["kind"] == kind and re.search(fault["match"], f"{call.method} {call.path}")
            if hit and fault["times"] > 0:
                fault["times"] -= 1
                return fault
        return None

    def refuse(self, call):
        """Before anything is done."""
        self.limit_rate(call)
        fault = self.take("refuse", call)
        if fault:
            detail = fault.get("detail")
            told = fault.get("violations")
            raise ApiError(
                fault["status"], fault["reason"], fault["message"], detail, violations=told
            )

    def delay(self, call):
        """Before anything is done: the request is on its way for `seconds`, and gets no answer."""
        fault = self.take("late", call)
        if fault:
            self.held.set()
            time.sleep(fault["seconds"])
        return bool(fault)

    def loses(self, call):
        """The connection ends at once, and the request arrives `seconds` later."""
        return self.take("lost", call)

    def limit_rate(self, call):
        """As Google counts calls: those that match are refused for `seconds` from the first on."""
        for fault in self.planned:
            if fault["kind"] != "rate" or not re.search(fault["match"], f"{call.method} {call.path}"):
                continue
            end = fault.setdefault("end", time.monotonic() + fault["seconds"])
            if time.monotonic() < end:
                # With the status 429 the answer says for how long.
                status, told = fault.get("status", 403), {"Retry-After": str(fault["seconds"])}
                headers = told if status == 429 else {}
                raise ApiError(status, "rateLimitExceeded", "Rate Limit Exceeded", headers=headers)

    def operation(self, call):
        """The error that the call's operation ends with, or that it ends well and does nothing."""
        if self.take("ignore", call):
            return {"ignored": True}
        return self.take("operation", call)

    def deliver(self, call, answer):
        """After the call was carried out: `lose` gives no reply, `hold` gives none until a test releases it."""
        if self.take("lose", call):
            return None, {}, b""
        if self.take("hold", call):
            self.held.set()
            self.release.wait()
            return None, {}, b""
        return answer
