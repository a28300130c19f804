"""Who may have a token: service accounts by their signature, logins, external accounts, machines."""

import base64
import json
import time

import aws
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from errors import ApiError

EMAIL = "baker@test-project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci"
LOGIN = {"client_id": "client", "client_secret": "client-secret", "refresh_token": "refresh-secret"}
SUBJECT = "subject-secret"


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authority:
    def __init__(self, url):
        self.url = url
        self.key = rsa.generate_private_key(65537, 2048)
        self.key_id = "key-1"
        # Value to (who, end, what for).
        self.tokens = {}
        self.given = []
        # The requested lifetimes of tokens of the service account.
        self.lifetimes = []
        # How often the metadata server was asked for the project.
        self.projects = 0
        self.life = 3600
        self.refresh_token = LOGIN["refresh_token"]
        self.metadata_serves = True
        # `iamcredentials` or `sts`, where that API is not enabled in the project.
        self.disabled = None

    def private_key(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def new_token(self, who, use="api"):
        value = f"ya29.token-{len(self.tokens) + 1}-secret"
        self.tokens[value] = (who, time.time() + self.life, use)
        self.given.append(who)
        return value

    def check(self, call, uses=("api",)):
        kind, _, value = (call.headers.get("Authorization") or "").partition(" ")
        who, end, allowed = self.tokens.get(value, ("", 0, ""))
        if kind != "Bearer" or end <= time.time() or allowed not in uses:
            message = "Request had invalid authentication credentials."
            raise ApiError(401, "authError", message)
        return who

    def answer(self, call):
        if call.path.startswith("/computeMetadata/v1/"):
            return self.metadata(call)
        if call.path.startswith("/aws/"):
            return aws.metadata(call)
        known = {"token": self.token, "sts": self.exchange, "impersonate": self.impersonate}
        name = call.path.split("/")[1]
        if call.path.startswith("/impersonate/") and not call.path.endswith(":generateAccessToken"):
            name = ""
        if call.method != "POST" or name not in known:
            # Google's front servers answer unknown paths with a web page.
            return 404, {"Content-Type": "text/html"}, b"<title>Error 404 (Not Found)!!1</title>"
        try:
            return 200, {}, known[name](call)
        except OAuthError as error:
            return 400, {}, {"error": error.word, "error_description": error.text}

    def oauth(self, who, use="api"):
        value = self.new_token(who, use)
        return {"access_token": value, "expires_in": self.life, "token_type": "Bearer"}

    def token(self, call):
        form = call.form()
        if form.get("grant_type") == "refresh_token":
            if form != {"grant_type": "refresh_token", **LOGIN}:
                raise OAuthError("invalid_grant", "Token has been expired or revoked.")
            return self.oauth("login")
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            raise OAuthError("unsupported_grant_type", "unknown grant_type")
        return self.oauth(self.signed(form.get("assertion", "")))

    def signed(self, assertion):
        """The account whose signature it is."""
        head, _, rest = assertion.partition(".")
        claims, _, signature = rest.partition(".")
        header, told = json.loads(decoded(head)), json.loads(decoded(claims))
        try:
            self.key.public_key().verify(
                decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature as error:
            raise OAuthError("invalid_grant", "Invalid JWT Signature.") from error
        now = time.time()
        right = (
            header["alg"] == "RS256"
            and header.get("kid", self.key_id) == self.key_id
            and told["iss"] == EMAIL
            and told["aud"] == f"{self.url}/token"
            and told["scope"] == SCOPE
            and told["iat"] <= now < told["exp"] <= told["iat"] + 3600
        )
        if not right:
            raise OAuthError("invalid_grant", f"Invalid JWT: {header} {told}")
        return told["iss"]

    def require(self, name):
        if self.disabled == name:
            service = f"{name}.googleapis.com"
            message = f"API {service} has not been used in project 1 before or it is disabled."
            raise ApiError(403, "accessNotConfigured", message, "SERVICE_DISABLED", service)

    def exchange(self, call):
        self.require("sts")
        form = call.form()
        if form.get("grant_type") == "refresh_token":
            pair = f"{LOGIN['client_id']}:{LOGIN['client_secret']}".encode()
            basic = "Basic " + base64.b64encode(pair).decode()
            if call.headers.get("Authorization") != basic:
                raise OAuthError("invalid_client", "The OAuth client was not found.")
            if form["refresh_token"] != self.refresh_token:
                raise OAuthError("invalid_grant", "Token has been expired or revoked.")
            # Each can be used once.
            self.refresh_token = f"{LOGIN['refresh_token']}-{len(self.tokens)}"
            return self.oauth("workforce") | {"refresh_token": self.refresh_token}
        subject, told = form.pop("subject_token", ""), form.pop("subject_token_type", "")
        expected = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": AUDIENCE,
            "scope": SCOPE,
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }
        if form != expected:
            raise OAuthError("invalid_request", "the exchange is not asked for rightly")
        if told == "urn:ietf:params:aws:token-type:aws4_request":
            refusal = aws.refusal(subject, AUDIENCE)
        else:
            known = ("urn:ietf:params:oauth:token-type:jwt", SUBJECT)
            refusal = None if (told, subject) == known else "the subject token is not accepted"
        if refusal:
            raise OAuthError("invalid_grant", refusal)
        kind = "urn:ietf:params:oauth:token-type:access_token"
        return {**self.oauth("external", "impersonate"), "issued_token_type": kind}

    def impersonate(self, call):
        self.check(call, ("api", "impersonate"))
        self.require("iamcredentials")
        asked = json.loads(call.body)
        if asked["scope"] != [SCOPE]:
            raise ApiError(400, "invalid", "scope")
        self.lifetimes.append(asked["lifetime"])
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.life))
        return {"accessToken": self.new_token("impersonated"), "expireTime": end}

    def metadata(self, call):
        flavor = {"Metadata-Flavor": "Google"}
        if call.headers.get("Metadata-Flavor") != "Google" or not self.metadata_serves:
            return 403, {}, {"error": "Missing Metadata-Flavor:Google header."}
        path = call.path.removeprefix("/computeMetadata/v1/")
        if path == "":
            return 200, flavor, b"instance/\nproject/\n"
        if path == "project/project-id":
            self.projects += 1
            return 200, flavor, b"test-project"
        if path == "instance/service-accounts/default/token":
            return 200, flavor, self.oauth("machine")
        return 404, flavor, b"not found"


class OAuthError(Exception):
    def __init__(self, word, text):
        super().__init__(text)
        self.word, self.text = word, text
