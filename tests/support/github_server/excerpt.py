"""Cuts what the tests use out of GitHub's OpenAPI description: `excerpt.py api.github.com.json > openapi.json`.

The description is that of the npm package @octokit/openapi 23.0.2 (`generated/api.github.com.json`), MIT licence.
Descriptions and examples are left out, but for those that the server answers with.
"""

import json
import sys

OPERATIONS = {
    "/repos/{owner}/{repo}": ["get"],
    "/repos/{owner}/{repo}/pulls": ["get", "post"],
    "/repos/{owner}/{repo}/pulls/{pull_number}": ["patch"],
    "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": ["post"],
    "/repos/{owner}/{repo}/issues/{issue_number}/labels": ["post"],
}
EXAMPLES = ["full-repository-default-response", "pull-request", "pull-request-simple-items", "label-items"]
DROPPED = {"description", "examples", "example", "externalDocs", "summary", "x-github", "tags", "operationId", "headers"}


def slim(value, within=None):
    if isinstance(value, list):
        return [slim(item) for item in value]
    if not isinstance(value, dict):
        return value
    # Below `properties` these are names of fields.
    names = within == "properties"
    kept = {key: item for key, item in value.items() if names or key not in DROPPED}
    kept = {key: slim(item, None if names else key) for key, item in kept.items()}
    # JSON Schema knows the type null, and OpenAPI 3.0 a flag.
    if not names and kept.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, kept]}
    return kept


def references(value):
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield item
            else:
                yield from references(item)


def main():
    whole = json.load(open(sys.argv[1]))
    cut = {"paths": {}, "components": {}, "examples": {}}
    for path, methods in OPERATIONS.items():
        cut["paths"][path] = {method: slim(whole["paths"][path][method]) for method in methods}
    for name in EXAMPLES:
        cut["examples"][name] = whole["components"]["examples"][name]["value"]
    todo = set(references(cut["paths"]))
    while todo:
        _, _, kind, name = todo.pop().split("/")
        found = slim(whole["components"][kind][name])
        cut["components"].setdefault(kind, {})[name] = found
        known = cut["components"]
        todo |= {one for one in references(found) if one.split("/")[3] not in known.get(one.split("/")[2], {})}
    json.dump(cut, sys.stdout, separators=(",", ":"), sort_keys=True)


main()
