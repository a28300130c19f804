"""The machines behind the instances: guest.py, which reads from files what the cloud would report."""

import pathlib
import subprocess
import sys

GUEST = pathlib.Path(__file__).resolve().parent.parent / "guest.py"


class Guests:
    def __init__(self):
        # The folder of guest.py; None: nothing boots.
        self.folder = None
        self.consoles = {}

    def facts(self, name, kind):
        return self.folder / f"{name}.{kind}"

    def write(self, instance):
        """Writes what the cloud reports to where the guest reads it."""
        if self.folder is None:
            return
        items = {item["key"]: item["value"] for item in instance["metadata"]["items"]}
        lines = items["ssh-keys"].splitlines()
        keys = "".join(line.partition(":")[2] + "\n" for line in lines)
        told = {"state": instance["status"], "user-data": items["user-data"], "keys": keys}
        for kind, text in told.items():
            self.facts(instance["name"], kind).write_text(text)

    def boot(self, instance):
        name = instance["name"]
        console = "SeaBIOS\nBooting from Hard Disk 0...\n"
        if self.folder is not None:
            words = [sys.executable, str(GUEST), "files", "--instance", name, "--boot"]
            for kind in ("state", "user-data", "keys"):
                words += [f"--{kind}", str(self.facts(name, kind))]
            words += ["--folder", str(self.folder)]
            ran = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            console += ran.stdout + ran.stderr
        self.consoles[name] = self.consoles.get(name, "") + console

    def console(self, instance):
        return self.consoles.get(instance["name"], "")

    def host_key(self, instance):
        if self.folder is None:
            return None
        path = self.folder / instance["name"] / "host_key.pub"
        return path.read_text() if path.exists() else None
