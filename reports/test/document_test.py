#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""document_test.py PCPU_LAB - the figures of the document, from results that are known."""
import json
import os
import subprocess
import sys
import tempfile

import page_root as make

PASSED = FAILED = 0


def equal(what, is_, want):
    global PASSED, FAILED
    if is_ == want:
        PASSED += 1
    else:
        FAILED += 1
        print("FAILED: %s: %r, not %r" % (what, is_, want))


def machine_of(root, status=0):
    return json.loads(root.report("--json", status=status))["machines"][0]


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


def point(run, seconds, edges, target="fuzz_map"):
    return {"run": run, "target": target, "engine": "afl", "seconds": seconds, "edges": edges,
            "executions_per_second": 5.0, "corpus": 7}


def test_fuzz_series(root):
    other = make.host(cpu="another")
    root.put("fuzz-series.jsonl", lines(
        {"run": "0", "host": other}, point("0", 1, 1), {"run": "1", "host": make.host()},
        point("1", 2, 10), point("1", 5, 20), point("1", 3, 5, "fuzz_text"),
        {"run": "2", "host": make.host(commit="other")}, point("2", 1, 30), point("2", 4, 40),
        {"run": "3", "host": make.host(compiler="another")}, point("3", 9, 9),
        {"run": "4", "host": make.host()}, point("4", 2, 50)))
    series = machine_of(root)["results"]["fuzz_series"]
    equal("runs on this host, and on others", (series["runs"], series["other_runs"]), (3, 2))
    equal("slices are put end to end", [
        (one["target"], one["seconds"], one["edges"]) for one in series["series"]],
        [("fuzz_map", [2, 5, 6, 9, 11], [10, 20, 30, 40, 50]), ("fuzz_text", [3], [5])])
    root.put("fuzz-series.jsonl", lines({"run": "1", "host": make.host()}, *[
        point("1", second, second) for second in range(1, 1501)]))
    seconds = machine_of(root)["results"]["fuzz_series"]["series"][0]["seconds"]
    equal("no more than a chart can show, the last among them",
          (len(seconds) <= 401, seconds[0], seconds[-1]), (True, 1, 1500))


def test_boot(root):
    root.put("boot.json", make.boot(
        make.machine("red", good=False, why="w", again="../../elsewhere/red.sh"),
        make.machine("green", again="reports/out/boot/green.sh"),
        make.machine("away", good=False, why="w", again="reports/out/boot/away.sh")))
    os.makedirs(root.folder + "/reports/out/boot")
    os.makedirs(root.folder + "/elsewhere")
    for name in ("red", "green"):
        root.put("boot/%s.log" % name, "".join("line %d\n" % i for i in range(300)))
    with open(root.folder + "/elsewhere/red.log", "w", encoding="ascii") as to:
        to.write("not this one\n")
    red, green, away = machine_of(root)["results"]["boot"]["machines"]
    equal("the last 200 lines of a log, from the folder alone",
          (len(red["log_lines"]), red["log_lines"][0], red["log_lines"][-1]),
          (200, "line 100", "line 299"))
    equal("of red machines only, and where there is one",
          ("log_lines" in green, "log_lines" in away), (False, False))


def test_dirty(root):
    for commit, want in (("abc1234", False), ("v1-3-gabc1234-dirty", True)):
        root.put("run.json", make.run(make.step("topology"), host=make.host(commit=commit)))
        equal("uncommitted changes of " + commit, machine_of(root)["verdict"]["dirty"], want)
        equal("in the summary too", "(uncommitted changes)" in root.report("--markdown"), want)
    os.unlink(root.folder + "/reports/out/run.json")
    root.put("layout.json", make.layout())
    equal("without a run", machine_of(root)["verdict"]["dirty"], None)


def test_bench(root):
    root.put("bench.json", make.bench())
    rows = {(row["case"], row["engine"]): row
            for row in machine_of(root)["results"]["bench"]["rows"]}
    row = rows[("pair/8B/cpus:8", "mimalloc")]
    equal("ratio, median, 95 %, spread", [row[key] for key in (
        "ratio", "ns", "low", "high", "runs")] + [round(row["spread"], 3)],
        [2.5, 250, 247, 253, 7, 2.4])
    equal("one repetition has no interval",
          [key in rows[("pair/8B/cpus:64", "area")] for key in ("low", "high", "spread")],
          [False] * 3)
    million = rows[("million/4B/cpus:2", "area")]["million"]
    equal("the worst order of freeing, published beside",
          (million["free_worst_ms"], million["published_alloc_ms"],
           "published_free_ms" in million), (70, 310, False))
    equal("of no step that frees there is no worst",
          "free_worst_ms" in rows[("million/64B/cpus:2", "area")]["million"], False)
    equal("settings are no counters", row["counters"], {"populated/live": 3.25, "probes/op": 0})
    equal("no engine, no ratio", "ratio" in rows[("setup/cpus:64", "-")], False)
    cases = make.bench_case("pair/8B", "area", [5.0])
    cases[0].update(error_occurred=True, error_message="it leaks")
    root.put("bench.json", {"context": {"engines": "area"}, "benchmarks": cases})
    machine = machine_of(root)
    equal("a failed case", [machine["subjects"][1][key] for key in ("state", "words")],
          ["failed", "pair/8B: it leaks"])
    equal("is no green whole", machine["verdict"]["state"], "failed")
    cases[0].update(error_message="skipped: too small a machine")
    root.put("bench.json", {"context": {"engines": "area"}, "benchmarks": cases})
    machine = machine_of(root)
    equal("a skipped case is none", (machine["results"]["bench"]["rows"][0]["state"],
                                     machine["subjects"][1]["state"]), ("skipped", "ok"))


def test_subjects(root):
    """What is red, why, and by which command it is seen again."""
    def subject(i):
        one = machine_of(root)["subjects"][i]
        return [one[key] for key in ("state", "words", "again")]
    root.put("fuzz.json", make.fuzz({"target": "fuzz_map", "words": "it breaks", "inputs": 1,
                                     "file": "f", "reproduce": "./lab crash f"}))
    root.put("crashes.json", make.crashes())
    root.put("run.json", make.run(make.step("fuzz", ok=False, ended="exit status 1")))
    equal("a find of this run, before earlier ones and the step's end", subject(0),
          ["failed", "1 way to break it: it breaks", "./lab crash f"])
    root.put("fuzz.json", make.fuzz())
    root.put("run.json", make.run(make.step("topology"), finished=False))
    equal("one kept from earlier", subject(0), [
        "failed", "1 way to break it, kept from earlier: two objects share a byte",
        "./lab crash reports/out/crashes/one"])
    root.put("crashes.json", {"groups": [], "healthy": []})
    equal("no find", subject(0)[:2], ["ok", "nothing broke in 12345 executions"])
    equal("a run that was cut is not ok", machine_of(root)["verdict"]["state"], "unfinished")
    root.put("boot.json", make.boot(make.machine("first"), make.machine(
        "second", good=False, passed=0, skip="there is no QEMU")))
    equal("a machine that was skipped", subject(2)[:2], ["ok", "1 machine booted, 1 test passed"])
    defect = {"name": "d", "says": "s", "tests": "t", "found": False, "skip": "x", "seconds": 1.0}
    root.put("boot-defects.json", {"defects": [defect]})
    equal("a defect that was skipped", subject(3)[0], "ok")
    root.put("boot-defects.json", {"defects": [dict(defect, skip=None)]})
    equal("one that was missed", subject(3)[:2], ["failed", "missed: d"])


def test_replay(root):
    root.put("replay-fork.json", dict(make.replay(), check="none"))
    replay = machine_of(root)["results"]["replay"]["fork"]
    equal("without checks nothing is clean", replay["engines"][0]["outcome"], "not checked")
    replay = make.replay()
    replay["engines"][0]["sizes"].append({"class": "9-16", "requests": 0})
    root.put("replay-fork.json", replay)
    equal("sizes that occur", [one["class"] for one in machine_of(root)["results"]["replay"][
        "fork"]["requests"]], ["1-8"])


def test_history(root):
    make.fill_history(root)
    history = machine_of(root)["history"]
    equal("testbeds", [group["host"] for group in history["groups"]], ["any", "a host"])
    by = {(one["metric"], one["group"]): one for one in history["series"]}
    heavy, time = by[("instructions/op", 0)], by[("real_time", 1)]
    equal("an exact count: where it changes", (heavy["exact"], heavy["at"], heavy["values"]),
          (True, [0, 2], [1000, 1030]))
    equal("one that does not", (by[("metadata_bytes", 0)]["values"], "at" in by[(
        "metadata_bytes", 0)]), ([2048], False))
    equal("its change", heavy["changes"], [{"run": 2, "before": 1000, "after": 1030}])
    equal("a time: medians and intervals", (time["exact"], time["values"], time["low"],
                                            time["high"]),
          (False, [100.5, 200.5], [99, 199], [102, 202]))
    equal("runs", [history["runs"][i]["revision"] for i in history["sets"][heavy["set"]]],
          [make.OLD, make.BEFORE, make.HEAD])
    equal("the alert", [history["alerts"][0][key] for key in ("state", "percent", "metric")],
          ["new", 3, "instructions/op"])


def test_coverage(root):
    root.put("coverage.json", make.coverage())
    root.put("coverage.lcov", make.LCOV + make.LCOV.replace("/core", "/hardcore").replace(
        ",12", ",99"))
    with open(root.folder + "/core/one.c", "w", encoding="ascii") as to:
        to.write(make.SOURCE)
    file = machine_of(root)["results"]["coverage"]["files"][0]
    equal("counts of each line", file["counts"], [12, None, 0, 12])
    equal("and its text", file["source"], make.SOURCE)
    none = make.coverage()
    none["files"][0]["mcdc"] = dict(none["files"][0]["mcdc"], count=0)
    root.put("coverage.json", none)
    file = machine_of(root)["results"]["coverage"]["files"][0]
    equal("of nothing there is no share", ("percent" in file["mcdc"], "percent" in file["lines"]),
          (False, True))
    for changed in (make.SOURCE.replace("7", "8"), "int f(int x)\n"):
        with open(root.folder + "/core/one.c", "w", encoding="ascii") as to:
            to.write(changed)
        equal("a source that has changed is not shown",
              "source" in machine_of(root)["results"]["coverage"]["files"][0], False)


def git(root, *words):
    done = subprocess.run(["git", "-C", root.folder, "-c", "user.name=n", "-c", "user.email=e",
                           *words], capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_commits(root):
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "core: <do> it & more")
    git(root, "tag", "-a", "-m", "a release", "v1")
    commit = git(root, "rev-parse", "HEAD")
    git(root, "commit", "-q", "--allow-empty", "-m", "not measured")
    history = make.History(root)
    series = history.series("w", "area", "instructions/op", "1")
    history.run(commit, {series: 1})
    history.close()
    for url, want in (("git@host.example:a/b.git", "https://host.example/a/b/commit/"),
                      ("https://user:secret@host.example/a/b", "https://host.example/a/b/commit/"),
                      ("/a/path.git", None), ("file:///a/path", None)):
        subprocess.run(["git", "-C", root.folder, "remote", "remove", "origin"],
                       capture_output=True, check=False)
        git(root, "remote", "add", "origin", url)
        equal("a link for " + url, machine_of(root)["history"].get("commit_url"), want)
    known = machine_of(root)["history"]
    equal("the subject", known["commits"], {commit: "core: <do> it & more"})
    equal("the release is the commit's", known["releases"], [{"name": "v1", "revision": commit}])


def test_summary(root):
    """What changed most comes first, of the newest change alone, and how many more there are."""
    history = make.History(root)
    names = [history.series(name, "area", "instructions/op", "1")
             for name in ("little", "much", "twice", "before", "less")]
    for day, (revision, values) in enumerate(((make.OLD, (1000, 100, 10, 10, 1000)),
                                              (make.BEFORE, (1000, 100, 12, 20, 1000)),
                                              (make.HEAD, (1030, 200, 15, 20, 300)))):
        history.run(revision, dict(zip(names, values)), day=1 + day)
    history.close()
    changes = [line for line in root.report("--markdown").splitlines() if line.startswith("- ")]
    equal("changes", changes, ["- `less/area instructions/op`: 1000 \u2192 300 (-70.0 %)",
                               "- `much/area instructions/op`: 100 \u2192 200 (+100.0 %)",
                               "- and 2 more changes in 5 series"])


def test_formats(root):
    """Numbers as they stand in the file."""
    root.put("replay-t.json", {"check": "model", "events": 1234567, "trace_allocations": 1,
                               "engines": [{"engine": "area", "hash": "ab", "clean": True,
                                            "alloc_ns": 999.6, "live_bytes_at_peak": 1536,
                                            "metadata_bytes_at_peak": 1024 ** 3 * 1.5,
                                            "placement_percent": 12.345, "sizes": []},
                                           {"engine": "bitmap", "hash": "ab", "clean": True,
                                            "alloc_ns": 12.0, "live_bytes_at_peak": 1024,
                                            "metadata_bytes_at_peak": 150.6 * 1024,
                                            "sizes": []}]})
    page = root.report("--output", "-")
    for text in ('data-v="1234567">1\u202f234\u202f567</td>', 'data-v="999.6">1\u202f000</td>',
                 'data-v="1536">1.50 KiB</td>', '>1.50 GiB</td>', '>1 KiB</td>', '>151 KiB</td>',
                 '<td class="n">\u2013</td>', '>12.3\u202f%</td>',
                 '<span class="badge good">clean</span>'):
        equal(text, text in page, True)


TESTS = [test_fuzz_series, test_boot, test_dirty, test_bench, test_history, test_coverage,
         test_subjects, test_replay, test_summary, test_commits, test_formats]


def main(program):
    with tempfile.TemporaryDirectory(prefix="pcpu-lab-document-") as folder:
        for test in TESTS:
            test(make.Root(folder + "/" + test.__name__, program))
    print("%d passed, %d failed, 0 skipped" % (PASSED, FAILED))
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
