"""Machine types: what `machineTypes.*` does."""

from errors import not_found
from instances import ONLY_IN


class MachineTypes:
    @staticmethod
    def get(call, parts, body):
        name, zone = parts["machineType"], parts["zone"]
        path = f"projects/{parts['project']}/zones/{zone}/machineTypes/{name}"
        if zone not in ONLY_IN.get(name, [zone]):
            raise not_found(path)
        return {"kind": "compute#machineType", "name": name, "zone": zone}
