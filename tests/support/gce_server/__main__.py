"""A fake of Google Compute Engine on 127.0.0.1, for tests: `python gce_server DOCUMENT`.

DOCUMENT is Google's discovery document compute.v1.json: every call, every body and every reply of the
fake itself is checked against it. Prints its port. Ends when its standard input does.

    /compute/v1/…                the API, for those who bring a token
    /token, /sts, /impersonate   tokens, for those who prove who they are
    /computeMetadata/v1/…        the metadata server
    /aws/latest/…                AWS's metadata server
    /_test/…                     what tests ask and tell (control.py)
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from auth import Authority
from compute import Compute
from control import Control
from discovery import Discovery
from errors import ApiError
from world import World


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        parts = urlsplit(self.path)
        if self.command in ("POST", "PUT", "PATCH") and self.headers.get("Content-Length") is None:
            # As Google's front end does.
            self.send_error(411)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(self.command, parts.path, dict(parse_qsl(parts.query, True)), self.headers, body)
        try:
            status, headers, answer = self.server.route(call)
        except ApiError as error:
            status, headers, answer = error.status, error.headers, error.body()
        if status is None:
            # A lost reply: the request has been carried out.
            self.close_connection = True
            return
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = serve


class Call:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query = method, path, query
        self.headers, self.body = headers, body

    def form(self):
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            raise ApiError(400, "invalid_request", "a form was expected")
        return dict(parse_qsl(self.body.decode(), True))


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, document):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.RLock()
        world = World(f"{self.url}/compute/v1/")
        self.authority = Authority(self.url)
        self.compute = Compute(Discovery(document), world, self.authority)
        self.control = Control(self.compute, self.authority)

    def route(self, call):
        if call.path.startswith("/_test/"):
            return self.control.answer(call)
        if call.path.startswith("/compute/v1/"):
            if lost := self.compute.faults.loses(call):
                threading.Timer(lost["seconds"], self.carry_out, [call]).start()
                return None, {}, b""
            late = self.compute.faults.delay(call)
            if call.method == "POST":
                # Outside the lock as well.
                self.compute.operations.hold(call.path.removeprefix("/compute/v1/"))
            with self.lock:
                answer = self.compute.answer(call)
            if late:
                return None, {}, b""
            # Outside the lock: other calls continue while one reply is held back.
            return self.compute.faults.deliver(call, answer)
        with self.lock:
            return self.authority.answer(call)

    def carry_out(self, call):
        with self.lock:
            return self.compute.answer(call)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        server = Server(json.load(file))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
