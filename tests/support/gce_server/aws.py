"""AWS, as far as an external account needs it: a metadata server that requires sessions, and what Google's
authority learns when it sends a signed GetCallerIdentity request on.

The signature is computed here anew, after AWS's own description of its version 4.
"""

import datetime
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ROLE = "baker-role"
ZONE = "us-east-2b"
REGION = "us-east-2"
# Key id to (secret, session token); the one without a token belongs to a user.
KEYS = {
    "AKIAOWN": ("aws-own-secret", None),
    "ASIAROLE": ("aws-role-secret", "aws-session-secret/+=="),
}
SESSION = "aws-metadata-secret"
QUERY = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}


def metadata(call):
    """What is below /aws of the fake: AWS's own paths."""
    path = call.path.removeprefix("/aws/latest/")
    if path == "api/token":
        life = call.headers.get("x-aws-ec2-metadata-token-ttl-seconds")
        if call.method != "PUT" or not life or not 1 <= int(life) <= 21600:
            return 400, {}, b"bad request"
        return 200, {}, SESSION.encode()
    if call.headers.get("x-aws-ec2-metadata-token") != SESSION:
        return 401, {}, b"unauthorized"
    if path == "meta-data/placement/availability-zone":
        return 200, {}, ZONE.encode()
    if path == "meta-data/iam/security-credentials":
        return 200, {}, ROLE.encode()
    if path == f"meta-data/iam/security-credentials/{ROLE}":
        secret, token = KEYS["ASIAROLE"]
        keys = {"Code": "Success", "AccessKeyId": "ASIAROLE", "SecretAccessKey": secret, "Token": token}
        return 200, {}, keys
    return 404, {}, b"not found"


def refusal(token, audience):
    """Why Google would refuse this token; None when it would accept it."""
    request = json.loads(unquote(token))
    headers = {header["key"].lower(): header["value"] for header in request["headers"]}
    url = urlsplit(request["url"])
    if request["method"] != "POST" or url.scheme != "https" or dict(parse_qsl(url.query)) != QUERY:
        return f"no call of GetCallerIdentity: {request['url']}"
    if url.netloc != f"sts.{REGION}.amazonaws.com" or headers.get("host") != url.netloc:
        return f"the host is {url.netloc}, and {headers.get('host')} in the headers"
    if headers.get("x-goog-cloud-target-resource") != audience:
        return "the signature is for another provider"
    return wrong_signature(url, headers)


def wrong_signature(url, headers):
    kind, _, rest = headers["authorization"].partition(" ")
    told = dict(part.strip().split("=", 1) for part in rest.split(","))
    key_id, scope = told["Credential"].split("/", 1)
    if kind != "AWS4-HMAC-SHA256" or key_id not in KEYS:
        return f"the security token included in the request is invalid: {key_id}"
    secret, token = KEYS[key_id]
    if headers.get("x-amz-security-token") != token:
        return "the session token is not the key's"
    date = headers["x-amz-date"]
    moment = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    if abs((datetime.datetime.now(datetime.UTC) - moment).total_seconds()) > 300:
        return f"signature expired: {date}"
    if scope != f"{date[:8]}/{REGION}/sts/aws4_request":
        return f"credential should be scoped to a valid region: {scope}"
    names = told["SignedHeaders"].split(";")
    needed = {"host", "x-amz-date", "x-goog-cloud-target-resource"}
    needed |= {"x-amz-security-token"} if token else set()
    if names != sorted(names) or not needed <= set(names):
        return f"not all headers are signed: {names}"
    query = "&".join(
        f"{quote(key, safe='-_.~')}={quote(value, safe='-_.~')}"
        for key, value in sorted(parse_qsl(url.query))
    )
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    body = hashlib.sha256(b"").hexdigest()
    canonical = "\n".join(["POST", url.path or "/", query, lines, ";".join(names), body])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join([kind, date, scope, digest])
    expected = hmac.digest(key, text.encode(), "sha256").hex()
    return None if hmac.compare_digest(expected, told["Signature"]) else "the signature does not match"
