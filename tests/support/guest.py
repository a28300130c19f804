#!/usr/bin/env python3
"""A machine behind an emulated cloud: what `ssh.proxy_command` of a test starts for a connection.

It does what cloud-init does at an instance's first boot (host key and authorized keys from the
instance's user data, further keys from the cloud's key pair) and then becomes `sshd -i`. The
"machine" is a folder of this computer, DIR/INSTANCE:

    home/             HOME of the sessions, and the folder their commands start in
    host_key[.pub]    the host key; one that is already there is kept
    authorized_keys   who may log in
    user-data/        the parts of the user's own user data, which are not carried out
    booted            there once it has booted; without it the next boot is a first boot
    boot              the number of the last boot, where the cloud counts them

    guest.py ec2 --endpoint URL --region R --instance ID --folder DIR
    guest.py files --state FILE [--user-data FILE] [--keys FILE] --instance ID --folder DIR
    guest.py openstack --endpoint KEYSTONE --login USER:PASSWORD:PROJECT --instance ID --folder DIR

`openstack` asks a real nova, which shows user data to administrators. `files` is for every emulator
without a protocol of its own here: STATE holds a word (running or active, in any case, is on), and
may hold the number of the boot: without it every connection is a boot of its own. KEYS holds OpenSSH
lines. `--user NAME` refuses a login that the user data makes no user for.
`--boot` boots and prints what the console would show of the host keys, and is no connection.
"""

import argparse
import base64
import email
import fcntl
import gzip
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

SSHD = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"]


class Instance:
    """What a cloud knows of one: its state, its user data, its key pair's public lines, its boot."""

    def __init__(self, state, user_data, keys, number=""):
        self.state, self.user_data, self.keys, self.number = state, user_data, keys, number


def of_files(given):
    def content(path):
        return pathlib.Path(path).read_bytes() if path and os.path.exists(path) else b""

    keys = content(given.keys).decode().splitlines()
    state, _, number = content(given.state).decode().strip().partition(" ")
    return Instance(state, content(given.user_data), keys, number)


def of_ec2(given):
    """By the bare protocol: loading an SDK takes longer than everything else here."""

    def ask(action, **parameters):
        body = {"Action": action, "Version": "2016-11-15", **parameters}
        # The servers of tests check no signature, but read the region from it.
        scope = f"guest/20260101/{given.region}/ec2/aws4_request"
        head = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        request = urllib.request.Request(given.endpoint, urllib.parse.urlencode(body).encode())
        request.add_header("Authorization", head)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                root = ElementTree.fromstring(reply.read())
        except urllib.error.HTTPError as error:
            # One line: imgctl shows the last one.
            message = " ".join(error.read().decode(errors="replace").split())
            fail(f"{action} of {given.instance}: {message}")
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root

    found = ask("DescribeInstances", **{"InstanceId.1": given.instance})
    item = found.find("./reservationSet/item/instancesSet/item")
    if item is None:
        fail(f"there is no instance {given.instance}")
    data = ask("DescribeInstanceAttribute", InstanceId=given.instance, Attribute="userData")
    data = base64.b64decode(data.findtext("./userData/value") or "")
    keys = []
    if pair := item.findtext("keyName"):
        pairs = ask("DescribeKeyPairs", IncludePublicKey="true", **{"KeyName.1": pair})
        keys = [key.text.strip() for key in pairs.iter("publicKey") if key.text]
    return Instance(item.findtext("./instanceState/name"), data, keys)


def of_openstack(given):
    """What an administrator is shown of a server: the metadata service would know it by its address."""
    user, password, project = given.login.split(":")
    domain = {"id": "default"}
    identity = {"name": user, "password": password, "domain": domain}
    body = {
        "identity": {"methods": ["password"], "password": {"user": identity}},
        "scope": {"project": {"name": project, "domain": domain}},
    }

    def ask(url, token="", body=None):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(url, data)
        request.add_header("Content-Type", "application/json")
        # The first one that tells whose a server's key pair is.
        request.add_header("OpenStack-API-Version", "compute 2.10")
        if token:
            request.add_header("X-Auth-Token", token)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.loads(reply.read()), reply.headers
        except urllib.error.HTTPError as error:
            message = " ".join(error.read().decode(errors="replace").split())
            fail(f"{url}: {message}")

    reply, headers = ask(f"{given.endpoint}/auth/tokens", body={"auth": body})
    token = headers["X-Subject-Token"]
    catalog = reply["token"]["catalog"]
    nova = next(known for known in catalog if known["type"] == "compute")["endpoints"][0]["url"]
    server = ask(f"{nova}/servers/{given.instance}", token)[0]["server"]
    keys = []
    if pair := server["key_name"]:
        url = f"{nova}/os-keypairs/{urllib.parse.quote(pair)}?user_id={server['user_id']}"
        keys = [ask(url, token)[0]["keypair"]["public_key"].strip()]
    data = base64.b64decode(server["OS-EXT-SRV-ATTR:user_data"] or "")
    return Instance(server["status"], data, keys)


def parts_of(user_data):
    """The (type, content) parts of user data, as cloud-init takes it apart."""
    if user_data[:2] == b"\x1f\x8b":
        user_data = gzip.decompress(user_data)
    if not user_data.lstrip().lower().startswith((b"content-type:", b"mime-version:")):
        return [("text/plain", user_data)] if user_data else []
    parts = [part for part in email.message_from_bytes(user_data).walk() if not part.is_multipart()]
    return [(part.get_content_type(), part.get_payload(decode=True)) for part in parts]


def config_of(parts):
    """Our own part of the user data: JSON after the `#cloud-config` line."""
    for _, content in reversed(parts):
        head, _, rest = content.partition(b"\n")
        if head.strip() == b"#cloud-config" and rest.lstrip()[:1] == b"{":
            return json.loads(rest)
    return {}


def boot(folder, instance, login):
    """What cloud-init does at the first boot; nothing at the next."""
    (folder / "home").mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        parts = parts_of(instance.user_data)
        config = config_of(parts)
        users = {user["name"]: user for user in config.get("users", []) if isinstance(user, dict)}
        if login and users and login not in users:
            fail(f"there is no user {login}: the user data makes {', '.join(users)}")
        last = (folder / "boot").read_text() if (folder / "boot").exists() else None
        write(folder / "boot", instance.number)
        if (folder / "booted").exists() or instance.number and instance.number == last:
            # Booted before; or cleaned since, and not started again.
            return
        (folder / "user-data").mkdir(exist_ok=True)
        for number, (kind, content) in enumerate(parts):
            name = f"{number}-{kind.replace('/', '-')}"
            (folder / "user-data" / name).write_bytes(content)
        keys = [key for user in users.values() for key in user.get("ssh_authorized_keys", [])]
        write(folder / "authorized_keys", "".join(f"{key}\n" for key in keys + instance.keys))
        host_key(folder, config.get("ssh_keys", {}))
        write(folder / "booted", "")


def host_key(folder, given):
    path = folder / "host_key"
    if path.exists():
        return
    for name, key in given.items():
        if name.endswith("_private"):
            write(path, key if key.endswith("\n") else key + "\n")
            public = given[name.removesuffix("_private") + "_public"]
            return write(folder / "host_key.pub", f"{public}\n")
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(make, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)


def write(path, text):
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def become_sshd(folder):
    program = next((path for path in SSHD if os.path.exists(path)), None)
    if program is None:
        fail("there is no sshd here (package openssh-server)")
    if os.getuid() == 0:
        # Where the server locks its children in when root runs it.
        os.makedirs("/run/sshd", exist_ok=True)
    lines = [
        f"HostKey {folder}/host_key",
        f"AuthorizedKeysFile {folder}/authorized_keys",
        # Login files of the person who runs the tests are none of the guest's.
        f"SetEnv HOME={folder}/home",
        # A command with relative paths must not reach the person's own home.
        'ForceCommand cd "$HOME" && eval "${SSH_ORIGINAL_COMMAND:-exec sh}"',
        "StrictModes no", "UsePAM no", "PermitRootLogin yes", "PasswordAuthentication no",
        "KbdInteractiveAuthentication no", "PrintMotd no", "PidFile none", "LogLevel INFO",
    ]  # fmt: skip
    config = folder / "sshd_config"
    if not config.exists():
        # Another connection may be reading it.
        write(folder / f"sshd_config.{os.getpid()}", "".join(f"{line}\n" for line in lines))
        os.rename(folder / f"sshd_config.{os.getpid()}", config)
    os.execv(program, [program, "-i", "-e", "-f", str(config)])


def fail(message):
    sys.exit(f"guest: {message}")


CLOUDS = {"ec2": of_ec2, "files": of_files, "openstack": of_openstack}


def main():
    parser = argparse.ArgumentParser(prog="guest.py")
    parser.add_argument("cloud", choices=list(CLOUDS))
    for name in ["endpoint", "region", "login", "user-data", "keys", "state", "user"]:
        parser.add_argument(f"--{name}", default="")
    for name in ["instance", "folder"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--boot", action="store_true")
    given = parser.parse_args()
    instance = CLOUDS[given.cloud](given)
    if instance.state.lower() not in ("running", "active"):
        fail(f"instance {given.instance} is {instance.state or 'not there'}: nothing listens")
    folder = pathlib.Path(given.folder).resolve() / given.instance
    boot(folder, instance, given.user)
    if given.boot:
        public = (folder / "host_key.pub").read_text()
        print(f"-----BEGIN SSH HOST KEY KEYS-----\n{public}-----END SSH HOST KEY KEYS-----")
    else:
        become_sshd(folder)


main()
