# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_root.py - checkouts that have nothing but results, for `lab report` to make pages of."""
import json
import os
import subprocess


def step(name, ok=True, has_json=False, said=(), ended="exit status 0"):
    return {"stage": "stage of " + name, "name": name, "json": has_json, "ok": ok,
            "interrupted": False, "seconds": 1.5, "ended": ended, "again": "./lab " + name,
            "log": "reports/out/%s.log" % name, "said": list(said)}


def host(**more):
    facts = {"cpu": "a processor", "cpus": 2, "memory_bytes": 1 << 30, "kernel": "6.1", "os": "os",
             "compiler": "12", "commit": "abc1234", "time": "2026-01-31 12:00:00 UTC"}
    facts.update(more)
    return facts


def run(*steps, **more):
    whole = {"host": host(), "finished": True, "quick": True, "minutes": 5, "seconds": 9.0,
             "steps": list(steps)}
    whole.update(more)
    return whole


def machine(name, good=True, **more):
    row = {"name": name, "what": "one CPU", "cpus": 1, "nodes": 1, "passed": 1, "failed": 0,
           "skipped": 0, "good": good, "why": None, "skip": None, "again": None, "seconds": 1.25,
           "run_hash": "03c8e926a44fb64d", "tests": [{"name": "cpus", "result": "passed"}]}
    row.update(more)
    return row


def boot(*machines):
    return {"accelerator": "tcg", "machines": list(machines)}


class Root:
    """A checkout with results in reports/out."""

    def __init__(self, folder, program):
        self.folder, self.program = folder, program
        os.makedirs(folder + "/core/include/pcpu")
        os.makedirs(folder + "/reports/out")
        for name in ("/core/include/pcpu/pcpu.h", "/lab"):
            open(folder + name, "w").close()
        os.chmod(folder + "/lab", 0o755)

    def put(self, name, value):
        with open("%s/reports/out/%s" % (self.folder, name), "w", encoding="utf-8") as to:
            if isinstance(value, str):
                to.write(value)
            else:
                json.dump(value, to)

    def report(self, *words, status=0, env=()):
        """`lab report` with the words. Returns what it prints."""
        done = subprocess.run([self.program, "report", *words], capture_output=True, check=False,
                              env=dict(os.environ, LAB_ROOT=self.folder, **dict(env)))
        if done.returncode != status:
            raise AssertionError("lab report %s: exit status %d, not %d: %s" % (
                " ".join(words), done.returncode, status, done.stderr.decode()))
        return done.stdout.decode()

    def page(self, status=0, env=()):
        """The page's path."""
        self.report(status=status, env=env)
        return self.folder + "/reports/out/index.html"
