# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_root.py - checkouts that have nothing but results, for `lab report` to make pages of."""
import json
import os
import sqlite3
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

    def make(self, name, *words):
        """Has a command make a result: its --json."""
        subprocess.run([self.program, *words, "--json", "%s/reports/out/%s" % (self.folder, name)],
                       check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, LAB_ROOT=self.folder))

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


# --- results of each kind, with figures that tests know ------------------------------------------

HEAD, BEFORE, OLD = "c" * 40, "b" * 40, "a" * 40


def bench_case(name, engine, times, **counters):
    """Google Benchmark's JSON of a case: a repetition for each time, in ns."""
    return [dict({"name": "%s/%s" % (name, engine) if engine else name,
                  "run_name": "%s/%s" % (name, engine) if engine else name,
                  "run_type": "iteration", "repetitions": len(times), "repetition_index": i,
                  "threads": 1, "iterations": 100, "real_time": time, "cpu_time": time,
                  "time_unit": "ns"}, **counters) for i, time in enumerate(times)]


def bench():
    around = [-3, -2, -1, 0, 1, 2, 3]
    cases = bench_case("pair/8B/cpus:8", "area", [100 + d for d in around],
                       **{"populated/live": 1.5, "probes/op": 4.0, "metadata_bytes": 2048})
    cases += bench_case("pair/8B/cpus:8", "mimalloc", [250 + d for d in around],
                        **{"populated/live": 3.25, "probes/op": 0.0})
    cases += bench_case("pair/8B/cpus:64", "area", [800.0])
    cases += bench_case("pair/8B/cpus:64", "mimalloc", [250.0])
    cases += bench_case("churn/live:20000/cpus:8", "area", [300.0],
                        **{"p50_ns": 120, "p99_ns": 900, "p99.9_ns": 5000, "max_ns": 70000,
                           "held/live": 1.25})
    cases += bench_case("churn/live:20000/cpus:8", "mimalloc", [400.0],
                        **{"p50_ns": 130, "p99_ns": 800, "p99.9_ns": 2000, "max_ns": 90000})
    cases += bench_case("setup/cpus:64", "", [5000.0])
    cases += bench_case("million/4B/cpus:2", "area", [4e8], objects=1048576, done=1048576,
                        touch_ms=20.0, free_forward_ms=50.0, free_reverse_ms=70.0,
                        free_alternating_ms=60.0, freed_forward=1048576, freed_reverse=1048576,
                        freed_alternating=1048576, published_area_alloc_ms=310.0)
    cases += bench_case("million/64B/cpus:2", "area", [8e8], objects=524288, done=524288)
    return {"context": {"engines": "area,mimalloc", "cpu_model": "a processor", "cores": "2",
                        "memory": "2097152 kB", "date": "2026-01-31T12:00:00+00:00"},
            "benchmarks": cases}


def zoo():
    def hunts(*seconds):
        return [{"seed": i + 1, "reached": s <= 60, "triggered": s < 60, "found": s < 60,
                 "cpu_seconds": s, "executions": int(s * 100)}
                for i, s in enumerate(seconds)]

    def row(defect, engine, *seconds):
        found = sum(s < 60 for s in seconds)
        middle = sorted(seconds)[len(seconds) // 2]
        return {"defect": defect, "row": "B1", "says": "it is wrong", "target": "fuzz_alloc",
                "engine": engine, "seeds": len(seconds), "reached": len(seconds),
                "triggered": found, "found": found,
                "cpu_seconds": middle if middle < 60 else None,
                "executions": middle * 100 if middle < 60 else None, "hunts": hunts(*seconds)}
    return {"time_limit_seconds": 60,
            "rows": [row("b1_slip", "libfuzzer", 1.0, 3.0, 60.0),
                     row("b1_slip", "afl", 2.0, 60.0, 60.0),
                     row("b2_slip", "libfuzzer", 10.0, 60.0, 20.0)],
            "others": [{"defect": "b3_slip", "row": "", "says": "s", "why": "no input",
                        "unit": "test_x"}]}


def matrix():
    def row(defect, alone, **found):
        whole = dict.fromkeys(("walker", "model", "unit", "inductive", "corpus", "fuzzing",
                               "schedules", "boot"), False)
        whole.update(found)
        return {"defect": defect, "row": "B1", "says": "it is wrong", "found": whole,
                "inputs": {"replayed": 9, "reached": 4, "triggered": 2,
                           "detected": 1 if whole["walker"] else 0}, "alone": alone}
    return {"defects": [row("b1_slip", None, walker=True, unit=True, boot=None),
                        row("b2_slip", "boot", boot=True),
                        row("b3_slip", "unit", unit=True)],
            "found": {}, "alone": {}}


def coverage():
    def part(percent):
        return {"count": 4, "covered": 3, "reasoned": 0, "percent": percent}
    parts = {"lines": part(75.0), "branches": part(50.0), "mcdc": part(25.0)}
    return dict(parts, holds=False, demanded={"lines": 100, "branches": 95}, html="h", lcov="l",
                files=[dict(parts, file="core/one.c")],
                unreached=[{"file": "core/one.c", "line": 3, "to_line": 3, "column": 1,
                            "function": "f", "missing": "runs", "text": "return 7;",
                            "reason": "nobody calls it so"}])


SOURCE = "int f(int x)\n{\n\treturn 7;\n}\n"
LCOV = "SF:/elsewhere/core/one.c\nDA:1,12\nDA:3,0\nDA:4,12\nend_of_record\n"


def fuzz(*crashes):
    return {"runs": [{"target": "fuzz_map", "engine": "libfuzzer", "jobs": 1, "seconds": 2.0,
                      "executions": 12345, "executions_per_second": 6172.5,
                      "operations_per_second": 0.0, "edges": 321, "corpus": 54}],
            "crashes": list(crashes)}


def fuzz_series():
    lines = [{"run": "1", "host": host()}]
    for second in range(1, 6):
        for target, rate in (("fuzz_map", 6000), ("fuzz_alloc", 900)):
            lines.append({"run": "1", "target": target, "engine": "libfuzzer",
                          "seconds": float(second), "executions_per_second": rate / second,
                          "edges": 100 * second, "corpus": 10 * second})
    return "".join(json.dumps(line) + "\n" for line in lines)


def crashes():
    return {"groups": [{"target": "fuzz_alloc", "words": "two objects share a byte",
                        "file": "reports/out/crashes/one", "shrunk_file": None, "test_file": None,
                        "story": ["1 alloc 16", "2 free"], "before": ["[##..]"],
                        "after": ["[....]"], "test": "TEST(one)\n{\n}\n"}], "healthy": []}


def replay():
    return {"check": "model", "events": 2, "trace_allocations": 1, "engines": [
        {"engine": "area", "hash": "ab12", "clean": True, "alloc_ns": 5.0,
         "live_bytes_at_peak": 4096, "sizes": [{"class": "1-8", "requests": 1}]}]}


def forecast():
    points = [{"cpus": cpus, "calls_per_second": 1e6 * cpus, "exec_share": 0.001 * cpus}
              for cpus in (1, 8, 64, 512)]
    return {"constants": {"instruction_ns": 0.07, "line_ns": 15, "store_ns": 5, "work_us": 140},
            "designs": [{"design": "area", "points": points}],
            "published": [{"cpus": 224, "exec_share": 0.57}]}


def layout():
    return {"groups": [{"group": 0, "node": 0, "nr_cpus": 2, "nr_units": 2, "nr_wasted": 0,
                        "area_bytes": 2097152, "offset_bytes": 0}],
            "units": [{"unit": 0, "group": 0, "cpu": 0, "offset_bytes": 0},
                      {"unit": 1, "group": 0, "cpu": None, "offset_bytes": 1048576}],
            "sizes": {"static_bytes": 212992, "reserved_bytes": 8192, "dyn_bytes": 28672,
                      "size_sum_bytes": 249856, "unit_bytes": 1048576, "units_per_alloc": 2},
            "dump": ["pcpu-alloc: [0] 0 1"]}


TRACE = "# pcpu-trace 1\na 0 16 8 -- one\na 1 300 4 -- two\nf 0\na 2 8 8 --\n"


def fill(root):
    """Results of each kind."""
    root.put("run.json", run(step("boot", has_json=True), step("fuzz", has_json=True),
                             step("bench", has_json=True, said=["warning: other work runs on "
                                  "this machine: times are unreliable (1.94 2.60 4.28)"]),
                             step("replay-cgroup-by-all"), step("topology")))
    for name, value in (("boot", boot(machine("first"), machine("second"))),
                        ("boot-defects", {"defects": [
                            {"name": "d", "says": "s", "tests": "t", "found": True,
                             "skip": None, "seconds": 1.0}]}),
                        ("bench", bench()), ("zoo", zoo()), ("matrix", matrix()),
                        ("coverage", coverage()), ("fuzz", fuzz()), ("crashes", crashes()),
                        ("replay-fork", replay()), ("forecast", forecast()),
                        ("layout", layout())):
        root.put(name + ".json", value)
    with open(root.folder + "/small.trace", "w", encoding="ascii") as to:
        to.write(TRACE)
    for name, words in (("map", ["--engine", "area"]), ("sizes", []),
                        ("doctor", ["--cache", "64,8", "--top", "1"])):
        root.make(name + ".json", name, root.folder + "/small.trace", *words)
    root.put("fuzz-series.jsonl", fuzz_series())
    root.put("coverage.lcov", LCOV)
    with open(root.folder + "/core/one.c", "w", encoding="ascii") as to:
        to.write(SOURCE)
    return root


class History:
    """reports/out/history.db, made by the lab and filled in here."""

    def __init__(self, root):
        self.path = root.folder + "/reports/out/history.db"
        first = root.folder + "/first.json"
        with open(first, "w", encoding="utf-8") as to:
            json.dump({"context": {"date": "2026-01-01T00:00:00+00:00"}, "benchmarks": bench_case(
                "first", "", [1.0])}, to)
        subprocess.run([root.program, "history", "--database", self.path, "--import", first],
                       capture_output=True, check=True, env=dict(os.environ, LAB_ROOT=root.folder))
        self.db = sqlite3.connect(self.path)
        self.db.execute("DELETE FROM sample")
        self.db.execute("DELETE FROM series")
        self.db.execute("DELETE FROM run")

    def series(self, workload, engine, metric, unit):
        return self.db.execute("INSERT INTO series (workload, engine, metric, unit) VALUES "
                               "(?, ?, ?, ?)", (workload, engine, metric, unit)).lastrowid

    def run(self, revision, values, day=1, host="any", source="gate", dirty=0):
        """values: {series: value or list of them}."""
        when = "2026-%02d-%02dT12:00:00Z" % (day // 28 % 12 + 1, day % 28 + 1)
        run_id = self.db.execute(
            "INSERT INTO run (time, revision, dirty, host, compiler, flavour, source, context) "
            "VALUES (?, ?, ?, ?, 'gcc', 'release', ?, '{}')",
            (when, revision, dirty, host, source)).lastrowid
        for series, value in values.items():
            several = value if isinstance(value, list) else [value]
            self.db.executemany("INSERT INTO sample VALUES (?, ?, ?, ?)", [
                (run_id, series, i, one) for i, one in enumerate(several)])
        return run_id

    def alert(self, series, run_id, state):
        self.db.execute(
            "INSERT INTO alert (series, host, compiler, flavour, before_revision, revision, run, "
            "before, after, state, text, opened, changed) VALUES (?, 'any', 'gcc', 'release', ?, "
            "?, ?, 100, 103, ?, 'a text', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
            (series, BEFORE, HEAD, run_id, state))

    def close(self):
        self.db.commit()
        self.db.close()


def fill_history(root):
    """Three revisions: instructions rise by 3 % at the last; times beside, on another testbed."""
    history = History(root)
    heavy = history.series("pair/8B/cpus:8/bare", "area", "instructions/op", "1")
    same = history.series("pair/8B/cpus:8/bare", "area", "metadata_bytes", "bytes")
    time = history.series("pair/8B/cpus:8", "area", "real_time", "ns")
    history.run(OLD, {heavy: 1000, same: 2048}, 1)
    history.run(BEFORE, {heavy: 1000, same: 2048}, 2)
    last = history.run(HEAD, {heavy: 1030, same: 2048}, 3)
    around = [-1, -0.5, 0, 0.5, 1, 1.5, 2]
    history.run(BEFORE, {time: [100 + d for d in around], same: 4096}, 2, "a host", "bench")
    history.run(HEAD, {time: [200 + d for d in around], same: 4096}, 3, "a host", "bench")
    history.alert(heavy, last, "new")
    history.close()
    return root
