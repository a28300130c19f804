#!/usr/bin/env python3
"""A real machine behind an emulated cloud: the program that `ssh.proxy_command` of a test starts.

QEMU starts with a copy of a base image and OpenStack's configuration drive, so that the machine's own
cloud-init does its work; then this program carries the bytes of the connection. The machine's folder
is DIR/INSTANCE:

    disk              its disk, backed by the base image
    drive/            the contents of the configuration drive
    boot              the number of the running boot
    pid, port         its process group, and the port of 127.0.0.1 that is its port 22
    qmp               QEMU's socket for commands
    console           the output of its console
    answered          exists once this boot has accepted a connection
    qemu.log          QEMU's messages

    machine.py --state FILE --user-data FILE --keys FILE --instance ID --folder DIR --base QCOW2

STATE holds a word (active, in any case, means on) and the number of the boot. The next connection
restarts a machine of another number and ends one that is off. The test ends what is left, by the
files `pid`.
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

# The longest life of a machine in seconds, in case the test does not end it.
LIFE = "3000"

# How many ports to try.
PORTS = 5

# Seconds without output after which a boot is restarted: QEMU's emulation hangs now and then.
SILENCE = 180


def start(folder, given, number):
    """Returns once QEMU listens at the port."""
    disk = folder / "disk"
    if not disk.exists():
        drive = folder / "drive" / "openstack" / "latest"
        drive.mkdir(parents=True, exist_ok=True)
        user_data = pathlib.Path(given.user_data).read_bytes()
        (drive / "user_data").write_bytes(user_data)
        key = pathlib.Path(given.keys).read_text().strip()
        facts = {"uuid": given.instance, "hostname": "guest", "public_keys": {"pair": key}}
        (drive / "meta_data.json").write_text(json.dumps(facts))
        new = folder / "disk.new"
        make = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", given.base]
        subprocess.run([*make, str(new), "6G"], check=True, stdout=sys.stderr)
        new.rename(disk)
    for _ in range(PORTS):
        port = free_port()
        if launch(folder, port):
            (folder / "port").write_text(str(port))
            (folder / "boot").write_text(number)
            return
    sys.exit(f"machine: QEMU does not start: {last_words(folder)}")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def launch(folder, port):
    """Whether QEMU runs with that port, which another program may have taken first."""
    for left in ["qmp", "answered"]:
        (folder / left).unlink(missing_ok=True)
    words = [
        # Writes the pid first: this program may be killed at any time.
        "sh", "-c", 'printf %s $$ > pid; exec "$@"', "sh",
        "timeout", "--foreground", LIFE, "qemu-system-x86_64",
        "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024M",
        "-no-user-config", "-nodefaults", "-display", "none",
        "-qmp", "unix:qmp,server=on,wait=off",
        "-chardev", "file,id=console,path=console,append=on", "-serial", "chardev:console",
        "-drive", "if=none,id=disk,file=disk,format=qcow2,discard=unmap",
        "-device", "nvme,drive=disk,serial=disk,bootindex=0",
        "-drive", "if=none,id=drive,driver=vvfat,dir=drive,label=config-2,read-only=on",
        "-device", "nvme,drive=drive,serial=drive",
        "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci",
    ]  # fmt: skip
    # Another process group than imgctl's, which Ctrl-C is for.
    with open(folder / "qemu.log", "a") as log:
        own = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}
        process = subprocess.Popen(words, cwd=folder, **own)
    # QEMU answers there once it has set up all its devices.
    while process.poll() is None:
        with socket.socket(socket.AF_UNIX) as qmp:
            try:
                qmp.connect(str(folder / "qmp"))
                if qmp.recv(1):
                    return True
            except (FileNotFoundError, ConnectionError):
                time.sleep(0.01)
    (folder / "pid").unlink(missing_ok=True)
    return False


def last_words(folder):
    lines = (folder / "qemu.log").read_text().splitlines()
    return lines[-1] if lines else "no message"


def stop(folder):
    """Kills the machine, as a power cut would."""
    group = int((folder / "pid").read_text())
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    # The disk is in use while a thread of QEMU is left.
    while lives(group):
        time.sleep(0.01)
    (folder / "boot").unlink(missing_ok=True)
    (folder / "pid").unlink()


def lives(group):
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state, _, member = (process / "stat").read_text().rpartition(") ")[2].split()[:3]
            # A zombie counts as long as it has threads.
            if int(member) == group and (state != "Z" or len(os.listdir(process / "task")) > 1):
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


def hangs(folder):
    if (folder / "answered").exists():
        return False
    return time.time() - (folder / "console").stat().st_mtime > SILENCE


def machine(folder, given):
    """The port of the machine, after starting or ending it as STATE demands."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state, _, number = pathlib.Path(given.state).read_text().strip().partition(" ")
        on = state.lower() == "active"
        boot = folder / "boot"
        running = boot.read_text() if boot.exists() else None
        if running == number and hangs(folder):
            running = None
        if (folder / "pid").exists() and not (on and running == number):
            stop(folder)
        if not on:
            sys.exit(f"machine: instance {given.instance} is {state}: nothing listens")
        if running != number:
            start(folder, given, number)
        return int((folder / "port").read_text())


def connect(folder, port):
    try:
        return socket.create_connection(("127.0.0.1", port))
    except ConnectionError:
        sys.exit(f"machine: QEMU has ended: {last_words(folder)}")


def carry(folder, link):
    def there():
        while data := os.read(0, 1 << 16):
            link.sendall(data)
        link.shutdown(socket.SHUT_WR)

    threading.Thread(target=there, daemon=True).start()
    answered = folder / "answered"
    try:
        while data := link.recv(1 << 16):
            if not answered.exists():
                answered.touch()
            view = memoryview(data)
            while view:
                view = view[os.write(1, view) :]
    except ConnectionError:
        sys.exit("machine: nothing listens in the guest yet")


def main():
    parser = argparse.ArgumentParser(prog="machine.py")
    for name in ["state", "user-data", "keys", "instance", "folder", "base"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    folder = pathlib.Path(given.folder).resolve() / given.instance
    carry(folder, connect(folder, machine(folder, given)))


main()
