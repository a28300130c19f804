#!/usr/bin/env python3
"""A real machine behind an emulated cloud: what `ssh.proxy_command` of a test starts for a connection.

QEMU starts with a copy of a base image and OpenStack's configuration drive, so that the cloud-init of
the machine does all by itself; then bytes go to and fro. The machine's folder is DIR/INSTANCE:

    disk              its disk, whose unwritten parts are the base's
    drive/            what is on the configuration drive
    boot              the number of the boot that is running
    pid, port         QEMU's process, and where its port 22 is on 127.0.0.1
    console           what it has printed

    machine.py --state FILE --user-data FILE --keys FILE --instance ID --folder DIR --base QCOW2

STATE holds a word (active, in any case, is on) and the number of the boot: a machine of another number
is started anew, one that is off is ended, as the next connection finds out. The test ends what is
left, by the files `pid`.
"""

import argparse
import fcntl
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

# Whatever becomes of the test: no machine outlives it by more than this, in seconds.
LIFE = "3000"


def start(folder, given, number):
    drive = folder / "drive" / "openstack" / "latest"
    if not drive.exists():
        drive.mkdir(parents=True)
        user_data = pathlib.Path(given.user_data).read_bytes()
        (drive / "user_data").write_bytes(user_data)
        key = pathlib.Path(given.keys).read_text().strip()
        facts = {"uuid": given.instance, "hostname": "guest", "public_keys": {"pair": key}}
        (drive / "meta_data.json").write_text(json.dumps(facts))
        make = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", given.base]
        subprocess.run([*make, str(folder / "disk"), "6G"], check=True, stdout=sys.stderr)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        "timeout", "--foreground", LIFE, "qemu-system-x86_64",
        "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024M",
        "-no-user-config", "-nodefaults", "-display", "none",
        "-chardev", f"file,id=console,path={folder}/console,append=on", "-serial", "chardev:console",
        "-drive", f"if=none,id=disk,file={folder}/disk,format=qcow2,discard=unmap",
        "-device", "nvme,drive=disk,serial=disk,bootindex=0",
        "-drive", f"if=none,id=drive,driver=vvfat,dir={folder}/drive,label=config-2,read-only=on",
        "-device", "nvme,drive=drive,serial=drive",
        "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci",
    ]  # fmt: skip
    # Not of imgctl's process group: Ctrl-C is for imgctl.
    with open(folder / "qemu.log", "a") as log:
        own = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}
        process = subprocess.Popen(words, **own)
    (folder / "pid").write_text(str(process.pid))
    (folder / "port").write_text(str(port))
    (folder / "boot").write_text(number)


def stop(folder):
    """As by pulling the plug: what the machine was told to keep is on its disk."""
    if (folder / "pid").exists():
        process = int((folder / "pid").read_text())
        try:
            os.killpg(process, signal.SIGKILL)
            while runs(process):
                time.sleep(0.01)
        except ProcessLookupError:
            pass
        (folder / "pid").unlink()


def runs(process):
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    # Whoever adopts it may be slow to bury it.
    return stat.rpartition(") ")[2][0] != "Z"


def machine(folder, given):
    """The port of the machine, started or ended as the cloud says."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state, _, number = pathlib.Path(given.state).read_text().strip().partition(" ")
        running = (folder / "boot").read_text() if (folder / "pid").exists() else None
        if state.lower() != "active" or running not in (None, number):
            stop(folder)
        if state.lower() != "active":
            sys.exit(f"machine: instance {given.instance} is {state}: nothing listens")
        if running != number:
            start(folder, given, number)
        return int((folder / "port").read_text())


def connect(port):
    try:
        return socket.create_connection(("127.0.0.1", port))
    except ConnectionError as error:
        sys.exit(f"machine: QEMU does not listen: {error}")


def carry(link):
    def there():
        while data := os.read(0, 1 << 16):
            link.sendall(data)
        link.shutdown(socket.SHUT_WR)

    threading.Thread(target=there, daemon=True).start()
    try:
        while data := link.recv(1 << 16):
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
    except ConnectionError:
        sys.exit("machine: nothing listens in it yet")


def main():
    parser = argparse.ArgumentParser(prog="machine.py")
    for name in ["state", "user-data", "keys", "instance", "folder", "base"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    carry(connect(machine(pathlib.Path(given.folder).resolve() / given.instance, given)))


main()
