"""Refusals in the form that Google's APIs give them."""


class ApiError(Exception):
    def __init__(
        self, status, reason, message, detail=None, service=None, headers=None, violations=None
    ):  # fmt: skip
        super().__init__(f"{status} {reason}: {message}")
        self.status, self.reason, self.message, self.detail = status, reason, message, detail
        # The service that the detail names.
        self.service, self.headers = service, headers or {}
        # The policies that are violated: maps of `type` and `description`.
        self.violations = violations

    def body(self):
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
        }
        if self.detail:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            about = {"service": self.service} if self.service else {}
            error["details"] = [
                {"@type": kind, "reason": self.detail, "domain": "googleapis.com", "metadata": about}
            ]
        if self.violations:
            kind = "type.googleapis.com/google.rpc.PreconditionFailure"
            error.setdefault("details", []).append({"@type": kind, "violations": self.violations})
        return {"error": error}


def invalid(message):
    return ApiError(400, "invalid", message)


def not_found(path):
    return ApiError(404, "notFound", f"The resource '{path}' was not found")


def exists(path):
    return ApiError(409, "alreadyExists", f"The resource '{path}' already exists")


def in_use(path, user):
    message = f"The resource '{path}' is already being used by '{user}'"
    return ApiError(400, "resourceInUseByAnotherResource", message)
