"""Google's discovery document: the calls, and what bodies and replies may contain."""

import re

from errors import invalid


class Discovery:
    def __init__(self, document):
        self.schemas = document["schemas"]
        self.common = set(document["parameters"])
        self.methods = [
            (method, self.pattern(method["path"]))
            for resource in document["resources"].values()
            for method in resource.get("methods", {}).values()
        ]
        # `images/family/F` before `images/I`.
        self.methods.sort(key=lambda found: found[0]["path"].count("{"))

    @staticmethod
    def pattern(path):
        return re.compile(re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", path))

    def find(self, http_method, path):
        """The method's description and the parameters in the path."""
        for method, pattern in self.methods:
            found = pattern.fullmatch(path)
            if method["httpMethod"] == http_method and found:
                return method, found.groupdict()
        raise invalid(f"there is no method {http_method} {path}")

    def check_call(self, method, path, query, body):
        known = method.get("parameters", {})
        for name, value in {**query, **path}.items():
            if name not in known and name not in self.common:
                raise invalid(f"{method['id']} has no parameter {name}")
            self.check_parameter(method["id"], name, known.get(name, {}), value)
        for name, parameter in known.items():
            if parameter.get("required") and name not in query and name not in path:
                raise invalid(f"{method['id']} needs the parameter {name}")
        if "request" in method:
            if not isinstance(body, dict):
                raise invalid(f"{method['id']} needs a body")
            self.check(body, method["request"], method["id"])
        elif body is not None:
            raise invalid(f"{method['id']} takes no body")

    @staticmethod
    def check_parameter(of, name, parameter, value):
        kind, pattern = parameter.get("type"), parameter.get("pattern")
        wrong = (
            kind == "boolean" and value not in ("true", "false")
            or kind == "integer" and not re.fullmatch(r"-?\d+", value)
            or pattern and not re.fullmatch(pattern, value)
        )  # fmt: skip
        if wrong:
            raise invalid(f"Invalid value for field '{name}': '{value}' ({of})")

    def check(self, value, schema, where):
        """Raises for a value that does not match its schema: an unknown field, a wrong type."""
        if "$ref" in schema:
            return self.check(value, self.schemas[schema["$ref"]], where)
        kind = schema.get("type")
        if kind == "object":
            self.check_object(value, schema, where)
        elif kind == "array":
            if not isinstance(value, list):
                raise invalid(f"{where} is not a list")
            for number, item in enumerate(value):
                self.check(item, schema["items"], f"{where}[{number}]")
        else:
            self.check_plain(value, schema, where)

    def check_object(self, value, schema, where):
        if not isinstance(value, dict):
            raise invalid(f"{where} is not an object")
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, inner in value.items():
            if name in properties:
                self.check(inner, properties[name], f"{where}.{name}")
            elif others:
                self.check(inner, others, f"{where}.{name}")
            else:
                raise invalid(f'Invalid JSON payload received. Unknown name "{name}" at "{where}"')

    @staticmethod
    def check_plain(value, schema, where):
        kind, form = schema.get("type"), schema.get("format", "")
        right = {
            "string": lambda: isinstance(value, str),
            "boolean": lambda: isinstance(value, bool),
            "integer": lambda: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda: isinstance(value, (int, float)) and not isinstance(value, bool),
            "any": lambda: True,
        }[kind]()
        # Numbers of 64 bits are sent as text.
        if kind == "string" and form in ("int64", "uint64"):
            right = right and re.fullmatch(r"-?\d+", value)
        if not right:
            raise invalid(f"{where} is {value!r}, not of type {kind} {form}")
        if "enum" in schema and value not in schema["enum"]:
            raise invalid(f"{where} is {value!r}, not one of {schema['enum']}")
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            raise invalid(f"{where} is {value!r}, which does not match {schema['pattern']}")
