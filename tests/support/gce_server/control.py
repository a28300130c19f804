"""What tests request and set, by POST with a JSON body to /_test/NAME."""

import json
import pathlib

import auth


class Control:
    def __init__(self, compute, authority):
        self.compute, self.authority = compute, authority

    def answer(self, call):
        if call.path == "/_test/subject":
            # A CI service, which returns its token for the right header only.
            told = auth.SUBJECT if call.headers.get("X-CI") == "ci-secret" else "nothing"
            return 200, {}, told.encode()
        given = json.loads(call.body or b"{}")
        return 200, {}, getattr(self, call.path.removeprefix("/_test/"))(**given)

    def identity(self):
        """The secrets of all identities."""
        authority = self.authority
        return {
            "email": auth.EMAIL, "private_key": authority.private_key(),
            "private_key_id": authority.key_id, "login": auth.LOGIN,
            "audience": auth.AUDIENCE, "subject": auth.SUBJECT,
        }  # fmt: skip

    def guests(self, folder):
        path = pathlib.Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        self.compute.instances.guests.folder = path
        return {}

    def set(
        self, life=None, agent=None, metadata=None, stale=None, unreachable=None, told_by=None,
        disabled=None, boots=None, pace=None, delays=None, lacking=None,
    ):  # fmt: skip
        if life is not None:
            self.authority.life = life
        if lacking is not None:
            self.compute.faults.lacking = lacking
        if agent is not None:
            self.compute.instances.agent = agent
        if unreachable is not None:
            self.compute.unreachable = unreachable
        if told_by is not None:
            self.compute.told_by = told_by
        if stale is not None:
            self.compute.instances.stale = stale
        if boots is not None:
            self.compute.instances.boots = boots
        if pace is not None:
            self.compute.operations.pace = pace
        if delays is not None:
            self.compute.operations.delays = delays
        if disabled is not None:
            self.authority.disabled = disabled
        if metadata is not None:
            self.authority.metadata_serves = metadata
        return {}

    def revoke(self):
        """Every token given so far expires now."""
        self.authority.tokens.clear()
        return {}

    def token(self):
        """A token such as gcloud prints."""
        return {"token": self.authority.new_token("gcloud")}

    def tokens(self):
        authority = self.authority
        return {
            "given": authority.given, "lifetimes": authority.lifetimes,
            "projects": authority.projects,
        }  # fmt: skip

    def fault(self, **fault):
        self.compute.faults.plan(fault)
        return {}

    def held(self):
        """Returns once a reply is held back."""
        return {"held": self.compute.faults.held.wait(60)}

    def release(self):
        self.compute.faults.release.set()
        return {}

    def log(self):
        return {"calls": self.compute.log}

    def things(self, kind):
        things = self.compute.world.things.items()
        return {p: t for p, t in things if f"/{kind}/" in p and p.startswith("projects/test-project/")}

    def add(self, path, kind, fields):
        return self.compute.world.add(path, kind, fields)

    def change(self, path, fields):
        self.compute.world.get(path).update(fields)
        return {}

    def become(self, name, statuses):
        """An instance has these statuses, from look to look."""
        self.compute.instances.next[name] = statuses
        return {}

    def remove(self, kind):
        """As someone else may remove it, whether or not it is in use."""
        for path in self.things(kind):
            thing = self.compute.world.things.pop(path)
            if kind == "instances":
                thing["status"] = "TERMINATED"
                self.compute.instances.guests.write(thing)
            for disk in thing.get("disks", []):
                source = self.compute.world.path_of(disk["source"])
                self.compute.world.things[source].pop("users", None)
        return {}

    def settle(self):
        """Every operation ends, as those of Google do without being waited for."""
        self.compute.operations.settle()
        return {}

    def reset(self):
        """The project as it was when the server started."""
        self.settle()
        self.compute.faults.planned.clear()
        for kind in ("instances", "disks", "images"):
            self.remove(kind)
        return {}

    def policies(self):
        return self.compute.world.policies

    def operations(self):
        return self.compute.operations.history
