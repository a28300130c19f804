"""Runs the commands of a plan as its engine would: runner.py ENGINE FILE PROJECT FOLDER.

Each job has a checkout of the project of its own in FOLDER; what one leaves to another goes the way that the
plan says. The last one is `collect`: its checkout is FOLDER/collect, and its status that of this program.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

engine, file, project, folder = sys.argv[1], *map(Path, sys.argv[2:])
text = file.read_text()
kept = folder / "kept"
kept.mkdir(parents=True)


def checkout(name):
    return Path(shutil.copytree(project, folder / name))


def call(words, where, environment=()):
    print("+", words, flush=True)
    return subprocess.run(words, cwd=where, env={**os.environ, **dict(environment)}).returncode


def shell(line, where, environment=()):
    return call(["sh", "-e", "-c", line], where, environment)


def keep(where, path, name):
    if (where / path).is_file():
        (kept / name).mkdir(exist_ok=True)
        shutil.copy(where / path, kept / name)
    elif (where / path).exists():
        shutil.rmtree(kept / name, ignore_errors=True)
        shutil.copytree(where / path, kept / name)


def github():
    def filled(value, matrix):
        def one(found):
            inside = found[1].strip()
            if inside.startswith("'"):
                return inside.strip("'")
            kind, name = inside.split(".")
            return matrix[name] if kind == "matrix" else f"secret of {name}"

        return re.sub(r"\$\{\{(.*?)\}\}(?!')", one, value)

    def run(job, name, matrix):
        where = checkout(name)
        environment = {key: filled(value, matrix) for key, value in job.get("env", {}).items()}
        code = 0
        for step in job["steps"]:
            given = {key: filled(str(value), matrix) for key, value in step.get("with", {}).items()}
            action = step.get("uses", "").split("@")[0]
            if action == "actions/upload-artifact":
                keep(where, given["path"], given["name"])
            elif action == "actions/download-artifact" and "if" not in step:
                shutil.copytree(kept, where / given["path"])
            elif "run" in step and code == 0:
                own = {key: filled(value, matrix) for key, value in step.get("env", {}).items()}
                line = step["run"].replace("${{ '${{' }}", "${{")
                code = shell(line, where, {**environment, **own})
        return code

    jobs = yaml.safe_load(text)["jobs"]
    collect = jobs.pop("collect")
    assert collect["needs"] == list(jobs)
    for job in jobs.values():
        for matrix in job["strategy"]["matrix"]["include"]:
            run(job, matrix["folder"], matrix)
    return run(collect, "collect", {})


def gitlab():
    pipeline = yaml.safe_load(text)

    def whole(job):
        above = pipeline.get(job.get("extends"), {})
        return {**(whole(above) if above else {}), **job}

    def run(job, where):
        for line in job.get("before_script", []) + job["script"]:
            code = shell(line, where)
            if code != 0:
                return code
        return 0

    jobs = {name: whole(job) for name, job in pipeline.items() if "script" in job}
    collect = jobs.pop("collect")
    for number, job in enumerate(jobs.values()):
        [path] = job["cache"]["paths"]
        name = Path(path).name
        for attempt in range(1 + job["retry"]["max"]):
            where = checkout(f"{number}-{attempt}")
            if (kept / name).exists():
                shutil.copytree(kept / name, where / path)
            code = run(job, where)
            assert job["artifacts"]["paths"] == [path] and job["cache"]["when"] == "always"
            keep(where, path, name)
            if code not in job["retry"]["exit_codes"]:
                break
    where = checkout("collect")
    shutil.copytree(kept, where / ".imgctl")
    return run(collect, where)


def jenkins():
    where = checkout("collect")
    call_of = re.compile(r"retry\((\d+)\)|\bsh\('((?:[^'\\]|\\.)*)'\)")
    attempts, code = 1, 0

    def groovy(escape):
        kind, digits = escape[1][0], escape[1][1:]
        return chr(int(digits, 16)) if digits else {"n": "\n", "r": "\r"}.get(kind, kind)

    for found in call_of.finditer(text):
        if found[1]:
            attempts = int(found[1])
            continue
        line = re.sub(r"\\(u[0-9a-f]{4}|.)", groovy, found[2])
        for _ in range(attempts):
            code = shell(line, where)
            if code == 0:
                break
        attempts = 1
    return code


def kubernetes():
    jobs = [it for it in yaml.safe_load_all(text) if it["kind"] == "Job"]
    code = 0
    for job in jobs:
        name, pod = job["metadata"]["name"], job["spec"]["template"]["spec"]
        [container] = pod["containers"]
        [mount] = container["volumeMounts"]
        command = [re.sub(r"\$\$", "$", word) for word in container["command"]]
        for attempt in range(1 + job["spec"]["backoffLimit"]):
            where = checkout("collect" if name == "imgctl-collect" else f"{name}-{attempt}")
            target = kept / mount.get("subPath", "")
            target.mkdir(exist_ok=True)
            at = where / Path(mount["mountPath"]).relative_to("/project")
            at.parent.mkdir(exist_ok=True)
            at.symlink_to(target)
            code = call(command, where)
            if code in (0, 2):
                break
    return code


sys.exit({"github": github, "gitlab": gitlab, "jenkins": jenkins, "kubernetes": kubernetes}[engine]())
