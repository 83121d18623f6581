#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""statistics_test.py ROOT - bench/compare/statistics.py with samples whose answer is known."""
import json
import os
import random
import subprocess
import sys
import tempfile

SCRIPT = os.path.join(sys.argv[1], "bench", "compare", "statistics.py")
failed = 0
passed = 0


def ask(command, asked):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asked, file)
        file.flush()
        done = subprocess.run([sys.executable, SCRIPT, command, file.name], check=True,
                              capture_output=True, text=True)
    return json.loads(done.stdout)


def check(what, got, wanted):
    global failed, passed
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: {got} instead of {wanted}")


def near(middle, spread, nr=10):
    return [draw.gauss(middle, spread) for _ in range(nr)]


draw = random.Random(1)
rows = [
    ("no difference", near(100, 1), near(100, 1)),
    ("slower", near(100, 1), near(110, 1)),
    ("faster", near(100, 1), near(90, 1)),
    ("no difference", near(100, 20), near(105, 20)),  # its own noise is larger
    ("no difference", near(100, 0.01), near(101, 0.01)),  # significant, below the floor
    ("slower", [100.0] * 10, [103.0] * 10),  # ties
    ("too few samples", [1, 2, 3, 4], near(100, 1)),
    ("too few samples", [0, 1, 2, 3, 4, 5], near(100, 1)),  # a time of 0 has no ratio
]
asked = {"rows": [{"name": str(i), "a": a, "b": b} for i, (_, a, b) in enumerate(rows)]}
told = ask("compare", asked)
for (verdict, _, _), row in zip(rows, told["rows"]):
    check(f"row {row['name']}", row["verdict"], verdict)
check("the same again", ask("compare", asked), told)
slow = told["rows"][1]
check("the interval is around the ratio",
      slow["ratio_low"] <= slow["ratio"] <= slow["ratio_high"] and 1.05 < slow["ratio_low"], True)

# Of 200 rows without a difference, at 5 % each, ten would be "different" without a correction.
many = {"rows": [{"name": str(i), "a": near(100, 5), "b": near(100, 5)} for i in range(200)]}
check("no false alarms among many",
      [row["name"] for row in ask("compare", many)["rows"]
       if row["verdict"] != "no difference"], [])

# The smallest change: what chance shows of the same once in twenty times, and never below 2 %.
quiet = {"name": "quiet", "a": near(100, 0.1), "b": near(100, 0.1)}
loud = {"name": "loud", "a": near(100, 20), "b": near(100, 20)}
few = {"name": "few", "a": [1, 2], "b": [1, 2]}
found = ask("noise", {"rows": [quiet, loud, few]})["rows"]
check("a quiet one shows 2 %", found[0]["smallest"], 0.02)
check("a loud one a tenth at least", 0.1 < found[1]["smallest"] < 1, True)
check("too few show nothing", "smallest" in found[2], False)
longer = {"name": "longer", "a": near(100, 20, 90), "b": near(100, 20, 90)}
check("more rounds show less",
      ask("noise", {"rows": [longer]})["rows"][0]["smallest"] < found[1]["smallest"] / 1.5, True)
drift = {"name": "drift", "a": near(100, 1), "b": near(110, 1)}
check("a difference where there is none", ask("noise", {"rows": [drift]})["rows"][0]["verdict"],
      "slower")

series = [
    ("a step", near(100, 1, 15) + near(105, 1, 15), [15]),
    ("none", near(100, 1, 30), []),
    ("exact counts", [10] * 5 + [11] * 3 + [12] * 4, [5, 8]),
    ("exact, below 1 %", [1000] * 5 + [1001] * 5, []),
    ("one wild value is no change", near(100, 1, 10) + [150] + near(100, 1, 10), []),
    ("too short", [1, 1, 9, 9], []),
    ("up and back", near(100, 1, 12) + near(120, 1, 12) + near(100, 1, 12), [12, 24]),
    ("empty", [], []),
]
told = ask("changes", {"series": [{"name": n, "values": v} for n, v, _ in series]})
for (name, _, wanted), got in zip(series, told["series"]):
    check(name, [change["at"] for change in got["changes"]], wanted)
check("means on both sides", told["series"][2]["changes"][1],
      {"at": 8, "before": 11.0, "after": 12.0})

print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed != 0)
