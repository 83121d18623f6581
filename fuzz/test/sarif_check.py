#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""Holds a SARIF file to the structure of version 2.1.0, as far as `lab crash` uses it: which
members an object may have (the standard's schema allows no others), which it must, of what kind
they are, and what one says of another. usage: sarif_check.py FILE; prints what is wrong, a line
each.
"""
import json
import re
import sys
from urllib.parse import urlparse

# object: {member: kind}; a kind is a type, a set of values, an object's name, or [kind]. A member
# with ! is required.
OBJECTS = {
    "log": {"$schema": "uri", "version!": {"2.1.0"}, "runs!": ["run"]},
    "run": {"tool!": "tool", "columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
            "results": ["result"]},
    "tool": {"driver!": "toolComponent"},
    "toolComponent": {"name!": str, "version": str, "rules": ["reportingDescriptor"]},
    "reportingDescriptor": {"id!": str, "name": str, "shortDescription": "multiformat",
                            "defaultConfiguration": "reportingConfiguration"},
    "multiformat": {"text!": str},
    "reportingConfiguration": {"level": {"none", "note", "warning", "error"}},
    "result": {"ruleId": str, "ruleIndex": int,
               "kind": {"notApplicable", "pass", "fail", "review", "open", "informational"},
               "level": {"none", "note", "warning", "error"}, "message!": "message",
               "locations": ["location"], "relatedLocations": ["location"],
               "partialFingerprints": "texts", "properties": dict},
    "message": {"text!": str},
    "location": {"id": int, "physicalLocation!": "physicalLocation", "message": "message"},
    "physicalLocation": {"artifactLocation!": "artifactLocation", "region": "region"},
    "artifactLocation": {"uri!": "uri"},
    "region": {"startLine!": "line"},
}
faults = []


def fault(where, words):
    faults.append(f"{where}: {words}")


def check_uri(where, value):
    if not isinstance(value, str) or not re.fullmatch(
            r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", value):
        fault(where, f"no URI: {value!r}")
    elif urlparse(value).scheme not in ("", "file", "https") or value.startswith("/"):
        fault(where, f"neither relative nor a URI of a known scheme: {value!r}")


def check(where, kind, value):
    if isinstance(kind, list):
        if not isinstance(value, list):
            fault(where, "no list")
            return
        for i, each in enumerate(value):
            check(f"{where}[{i}]", kind[0], each)
    elif isinstance(kind, set):
        if value not in kind:
            fault(where, f"{value!r} is none of {sorted(kind)}")
    elif isinstance(kind, type):
        if not isinstance(value, kind) or isinstance(value, bool):
            fault(where, f"no {kind.__name__}: {value!r}")
    elif kind == "uri":
        check_uri(where, value)
    elif kind == "line":
        if not isinstance(value, int) or value < 1:
            fault(where, f"no line: {value!r}")
    elif kind == "texts":
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            fault(where, "no object of texts")
    else:
        check_object(where, kind, value)


def check_object(where, name, value):
    members = OBJECTS[name]
    if not isinstance(value, dict):
        fault(where, f"no {name}")
        return
    for member in members:
        if member.endswith("!") and member[:-1] not in value:
            fault(where, f"{member[:-1]} is required")
    for member, each in value.items():
        kind = members.get(member, members.get(member + "!"))
        if kind is None:
            fault(where, f"a {name} has no {member}")
        else:
            check(f"{where}.{member}", kind, each)


def check_references(log):
    """What one part says of another; GitHub shows nothing without a location."""
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        ids = [rule["id"] for rule in rules]
        if len(set(ids)) != len(ids):
            fault("rules", "an id is there twice")
        seen = set()
        for i, result in enumerate(run["results"]):
            where = f"results[{i}]"
            if ids[result["ruleIndex"]] != result["ruleId"]:
                fault(where, "ruleIndex is of another rule")
            if len(result["locations"]) != 1:
                fault(where, "one location was expected")
            prints = json.dumps(result["partialFingerprints"], sort_keys=True)
            if prints in seen or not result["partialFingerprints"]:
                fault(where, "its fingerprint is not its own")
            seen.add(prints)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        log = json.load(file)
    check("log", "log", log)
    if not faults:
        check_references(log)
    for words in faults:
        print(words)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
