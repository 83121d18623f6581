#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""schema_test.py PCPU_LAB SCHEMA - the document is as its schema says, which somebody else checks.

A schema that takes anything holds nothing: each change below has to be refused.
"""
import copy
import json
import os
import sys
import tempfile

import jsonschema
import page_root as make


def follow(value, path):
    for key in path:
        value = value[key]
    return value


MACHINE = ("machines", 0)
CHANGES = [
    ((), "format", "other"), ((), "version", 2), ((), "machines", {}),
    (MACHINE, "verdict", "ok"), (MACHINE, "name", ""), (MACHINE, "damages", None),
    (MACHINE + ("verdict",), "state", "green"), (MACHINE + ("verdict",), "dirty", 1),
    (MACHINE + ("subjects", 0), "state", "unfinished"), (MACHINE + ("subjects", 0), "again", None),
    (MACHINE + ("steps", 0), "seconds", -1), (MACHINE + ("steps", 0), "output", "text"),
    (MACHINE + ("results", "bench", "rows", 0), "ns", -1),
    (MACHINE + ("results", "bench", "rows", 0), "state", "good"),
    (MACHINE + ("results", "bench", "rows", 0), "unknown", 1),
    (MACHINE + ("results", "fuzz_series", "series", 0), "edges", ["1"]),
    (MACHINE + ("results", "replay", "fork", "engines", 0), "outcome", "fine"),
    (MACHINE + ("results", "coverage", "files", 0), "counts", ["3"]),
    (MACHINE + ("results", "zoo", "rows", 0), "reached", -1),
    (MACHINE + ("results", "matrix", "defects", 0, "inputs"), "triggered", "2"),
    (MACHINE + ("results", "map"), "version", 2), (MACHINE + ("results", "map"), "shapes", [[1]]),
    (MACHINE + ("results", "map", "layout", "units"), 0, [0, "0", 0]),
    (MACHINE + ("results", "map", "engines", 0), "stream", "<script>"),
    (MACHINE + ("results", "map", "engines", 0, "end"), "live", -1),
    (MACHINE + ("results", "sizes", "sizes", 0), "size", "16"),
    (MACHINE + ("results", "sizes", "lifetimes", 0), "kept", -1),
    (MACHINE + ("results", "doctor", "cache"), "sets", 0),
    (MACHINE + ("results", "doctor", "strides", 0), "stride", "even"),
    (MACHINE + ("results", "doctor", "sets", 0), "fits", "yes"),
    (MACHINE + ("history",), "sets", [[]]), (MACHINE + ("history",), "unknown", 1),
    (MACHINE + ("history", "runs", 0), "dirty", 0),
    (MACHINE + ("history", "series", 0), "kind", "money"),
    (MACHINE + ("history", "series", 0), "values", []),
    (MACHINE + ("history", "series", 0), "changes", []),
    (MACHINE + ("history", "alerts", 0), "state", "open"),
]
MISSING = [(), MACHINE, MACHINE + ("subjects", 0), MACHINE + ("steps", 0),
           MACHINE + ("history", "series", 0), MACHINE + ("history", "alerts", 0)]
OPTIONAL = {"history", "at", "changes", "percent", "low", "high", "maps"}


def main(program, schema_file):
    with open(schema_file, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    passed = failed = 0

    def want(what, ok, seen=""):
        nonlocal passed, failed
        passed += bool(ok)
        failed += not ok
        if not ok:
            print("FAILED: %s %s" % (what, str(seen)[:500]))

    with tempfile.TemporaryDirectory(prefix="pcpu-lab-schema-") as folder:
        full = make.fill_history(make.fill(make.Root(folder + "/full", program)))
        document = json.loads(full.report("--json"))
        want("a document with everything", not list(checker.iter_errors(document)),
             [error.message for error in checker.iter_errors(document)])
        bare = make.Root(folder + "/bare", program)
        bare.put("layout.json", make.layout())
        bare.put("boot.json", "{}")
        small = json.loads(bare.report("--json", status=1))
        want("one with next to nothing", not list(checker.iter_errors(small)),
             [error.message for error in checker.iter_errors(small)])
        want("what is damaged is absent, and named", "boot" not in small["machines"][0]["results"]
             and [one["file"] for one in small["machines"][0]["damages"]] == ["boot.json"], small)
        full.report("--json", folder + "/file.json")
        with open(folder + "/file.json", encoding="utf-8") as file:
            again = json.load(file)
        again["made"] = document["made"]
        want("the same in a file", again == document)
    for path, key, value in CHANGES:
        changed = copy.deepcopy(document)
        follow(changed, path)[key] = value
        want("refused: %s.%s = %r" % (path, key, value), not checker.is_valid(changed))
    for path in MISSING:
        for key in set(follow(document, path)) - OPTIONAL:
            changed = copy.deepcopy(document)
            del follow(changed, path)[key]
            want("refused: %s without %s" % (path, key), not checker.is_valid(changed))
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), sys.argv[2]))
