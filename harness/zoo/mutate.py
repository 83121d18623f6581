# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""mutate.py ROOT DEFECTS OUT FILE ... - the files with every defect of the zoo in them, one to
be chosen.

    defects.toml   file, in, old, new    ->  OUT/zoo_<file>   (zoo_is(N) ? (new) : (old))
                                         ->  OUT/zoo_table.c

`file` is the name of one of these FILEs, which lie in ROOT. `old` is searched in its function `in`
and has to be there exactly once: a defect cannot outlive the text that it changes. An `old` that
ends in ';' or '}' is made of statements, any other is an expression. Defects may share a place or
lie within one another. Line numbers stay those of the file.
"""
import os
import re
import sys
import tomllib

KEYS = {"name", "row", "says", "file", "in", "old", "new", "found_by", "unit", "why", "control"}


def refuse(message):
    sys.exit("mutate.py: " + message)


def load(path):
    with open(path, "rb") as file:
        try:
            defects = tomllib.load(file).get("defect", [])
        except tomllib.TOMLDecodeError as error:
            refuse(f"{path}: {error}")
    names = set()
    for defect in defects:
        name = defect.get("name", "?")
        foreign = set(defect) - KEYS
        if foreign:
            refuse(f"{name}: unknown key {sorted(foreign)[0]}")
        for key in ("name", "says") + (("file", "in", "new") if "old" in defect else ()):
            if key not in defect:
                refuse(f"{name}: no {key}")
        if not re.fullmatch(r"[a-z0-9_]+", name):
            refuse(f"{name}: a name is small letters, digits and _")
        if name in names:
            refuse(f"{name}: named twice")
        names.add(name)
    return defects


def function_span(text, name, defect):
    """The text from a function's name to the closing brace in the first column."""
    starts = [m.start() for m in re.finditer(r"(?m)^[a-z].*?\b%s\(" % re.escape(name), text)]
    starts = [s for s in starts if ";" not in text[s:text.find("{", s)]]
    if len(starts) != 1:
        refuse(f"{defect['name']}: {defect['file']} has {len(starts)} functions {name}()")
    return starts[0], text.index("\n}", starts[0]) + 2


def find(text, defect):
    start, end = function_span(text, defect["in"], defect)
    nr = text.count(defect["old"], start, end)
    if nr != 1:
        refuse(f"{defect['name']}: {defect['file']}, {defect['in']}() has its text {nr} times")
    at = text.index(defect["old"], start, end)
    return at, at + len(defect["old"])


def is_statement(old):
    return old.rstrip().endswith((";", "}"))


def one_line(text):
    return " ".join(text.split())


def render(text, start, end, changes):
    """text[start:end] with its changes; those that hold others are rendered around them."""
    out, at = [], start
    while changes:
        span = changes[0][0]
        same = [c for c in changes if c[0] == span]
        inner = [c for c in changes if c[0] != span and c[0][0] >= span[0] and c[0][1] <= span[1]]
        changes = [c for c in changes if c not in same and c not in inner]
        if changes and changes[0][0][0] < span[1]:
            refuse(f"{same[0][2]['name']} and {changes[0][2]['name']}: places that overlap in part")
        out.append(text[at:span[0]])
        old = render(text, span[0], span[1], inner)
        for _, number, defect in same:
            new = one_line(defect["new"])
            if is_statement(defect["old"]):
                old = f"{{ if (zoo_is({number})) {{ {new} }} else {{ {old} }} }}"
            else:
                old = f"(zoo_is({number}) ? ({new}) : ({old}))"
        out.append(old)
        at = span[1]
    return "".join(out) + text[at:end]


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(defects):
    rows = []
    for number, d in enumerate(defects, 1):
        cells = [d["name"], d.get("row", ""), d["says"], " ".join(d.get("found_by", [])),
                 d.get("unit", ""), d.get("why", ""), d.get("control", "")]
        rows.append("\t{ %d, %s },\n" % (number if "old" in d else 0, ", ".join(map(quote, cells))))
    return ('/* Made by mutate.py. */\n#include "harness/zoo/zoo.h"\n\n'
            'const struct zoo_defect zoo_defects[] = {\n'
            + "".join(rows) + "};\n"
            + f"const size_t zoo_nr_defects = {len(defects)};\nuint32_t zoo_chosen;\n"
            + "static bool reached;\nbool *zoo_reached = &reached;\n")


def main():
    root, defects, out = sys.argv[1], load(sys.argv[2]), sys.argv[3]
    sources = {os.path.basename(path): path for path in sys.argv[4:]}
    changes = {name: [] for name in sources}
    for number, defect in enumerate(defects, 1):
        if "old" not in defect:
            continue
        if defect["file"] not in sources:
            refuse(f"{defect['name']}: no file {defect['file']}")
        with open(sources[defect["file"]]) as file:
            changes[defect["file"]].append((find(file.read(), defect), number, defect))
    for name, path in sources.items():
        with open(path) as file:
            text = file.read()
        ordered = sorted(changes[name], key=lambda c: (c[0][0], -c[0][1]))
        with open(os.path.join(out, "zoo_" + name), "w") as file:
            file.write('#include "harness/zoo/zoo.h"\n#line 1 "%s"\n' % os.path.relpath(path, root))
            file.write(render(text, 0, len(text), ordered))
    with open(os.path.join(out, "zoo_table.c"), "w") as file:
        file.write(table(defects))


main()
