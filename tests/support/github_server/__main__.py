"""Pull requests of GitHub, as far as imgctl uses them. Every request and reply is checked against GitHub's own
OpenAPI description, of which openapi.json is a part (made by excerpt.py).

Prints its port. The token `good` may do all, `reader` only reads, `narrow` has the wrong scope; others are
refused. `/_test/log` tells what was asked, and `/_test/limit` makes it refuse the next request for a while.
"""

import copy
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema

DOCUMENT = json.load(open(os.path.join(os.path.dirname(__file__), "openapi.json")))
PROJECT = "org/ci"
pulls, log, limits = [], [], []
lock = threading.Lock()


def follow(value):
    while "$ref" in value:
        found = DOCUMENT
        for part in value["$ref"][2:].split("/"):
            found = found[part]
        value = found
    return value


def sample(schema):
    schema = follow(schema)
    if "enum" in schema:
        return schema["enum"][0]
    for some in ("anyOf", "oneOf", "allOf"):
        if some in schema:
            return sample(schema[some][0])
    kind = schema.get("type", "object" if "properties" in schema else "null")
    simple = {"string": "https://example.com/x", "integer": 0, "number": 0, "boolean": False, "array": [], "null": None}
    return complete({}, schema) if kind == "object" else simple[kind]


def complete(value, schema):
    """GitHub's examples lack fields that its description requires."""
    schema = follow(schema)
    for some in ("anyOf", "oneOf", "allOf"):
        if value is not None and some in schema:
            for one in schema[some]:
                if follow(one).get("type") != "null":
                    complete(value, one)
                    break
    if isinstance(value, list):
        for item in value:
            complete(item, schema.get("items", {}))
    elif isinstance(value, dict):
        fields = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                value[name] = sample(fields.get(name, {}))
        for name, field in fields.items():
            if name in value:
                complete(value[name], field)
    return value


def validate(value, schema):
    resolved = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(resolved).validate(value)


def operation(method, path):
    for template, methods in DOCUMENT["paths"].items():
        found = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template), path)
        if found and method.lower() in methods:
            return template, methods[method.lower()], found.groups()
    raise LookupError(f"{method} {path} is no operation of GitHub that is known here")


def check_query(known, query):
    parameters = {p["name"]: p for p in map(follow, known.get("parameters", [])) if p["in"] == "query"}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        validate(value, parameters[name]["schema"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value, headers=()):
        text = json.dumps(value).encode()
        self.send_response(status)
        for name, content in headers:
            self.send_header(name, content)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        body = json.loads(text) if text else None
        path, _, query = self.path.partition("?")
        with lock:
            try:
                self.serve(path, query, body)
            except Exception as error:
                # 400: the request, or the reply, is not what GitHub describes.
                self.answer(400, {"message": f"not as described: {getattr(error, 'message', error)}"})

    do_GET = do_POST = do_PATCH = handle_one

    def serve(self, path, query, body):
        if path == "/_test/log":
            return self.answer(200, log)
        if path == "/_test/limit":
            limits.append(1)
            return self.answer(200, {})
        template, known, parts = operation(self.command, path)
        log.append({"method": self.command, "path": path, "query": query, "body": body})
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        assert self.headers.get("X-GitHub-Api-Version") == "2022-11-28", "no version"
        if token not in ("good", "reader", "narrow"):
            return self.answer(401, {"message": f"Bad credentials: {token}"})
        if limits:
            limits.pop()
            return self.answer(403, {"message": "secondary rate limit"}, [("Retry-After", "1")])
        if "/".join(parts[:2]) != PROJECT:
            return self.answer(404, {"message": "Not Found"})
        if self.command != "GET" and token != "good":
            return self.answer(403, {"message": "Resource not accessible by personal access token"})
        check_query(known, query)
        if "requestBody" in known:
            validate(body, follow(known["requestBody"])["content"]["application/json"]["schema"])
        status, value = self.do(template, parts, query, body, token)
        schema = follow(known["responses"][str(status)])["content"]["application/json"]["schema"]
        value = complete(copy.deepcopy(value), schema)
        validate(value, schema)
        self.answer(status, value, [("X-OAuth-Scopes", "gist" if token == "narrow" else "repo")])

    def do(self, template, parts, query, body, token):
        if template.endswith("{repo}"):
            value = copy.deepcopy(DOCUMENT["examples"]["full-repository-default-response"])
            value["permissions"] = {"admin": False, "push": token != "reader", "pull": True}
            value["archived"] = False
            return 200, value
        if template.endswith("/pulls") and self.command == "GET":
            wanted = dict(pair.split("=") for pair in query.split("&"))
            simple = DOCUMENT["examples"]["pull-request-simple-items"][0]
            head = wanted["head"].replace("%3A", ":").replace("%2F", "/").split(":")[1]
            mine = [p for p in pulls if p["head"]["ref"] == head and p["base"]["ref"] == wanted["base"]]
            return 200, [{**simple, **{key: p[key] for key in simple if key in p}} for p in mine]
        if template.endswith("/pulls"):
            if any(p["head"]["ref"] == body["head"] for p in pulls):
                return 422, {"message": "Validation Failed", "documentation_url": "https://docs.github.com"}
            pull = copy.deepcopy(DOCUMENT["examples"]["pull-request"])
            pull.update(number=len(pulls) + 1, title=body["title"], body=body["body"], draft=body["draft"])
            pull.update(html_url=f"https://github.com/{PROJECT}/pull/{pull['number']}", labels=[])
            pull["head"]["ref"], pull["base"]["ref"] = body["head"], body["base"]
            pulls.append(pull)
            return 201, pull
        pull = pulls[int(parts[2]) - 1]
        if template.endswith("{pull_number}"):
            pull.update(body)
            return 200, pull
        if template.endswith("/labels"):
            item = DOCUMENT["examples"]["label-items"][0]
            pull["labels"] += [{**item, "name": name} for name in body["labels"]]
            return 200, pull["labels"]
        simple = DOCUMENT["examples"]["pull-request-simple-items"][0]
        return 201, {**simple, "number": pull["number"]}


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# It ends when this pipe is closed, however the test ends.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(server.server_address[1], flush=True)
server.serve_forever()
