#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""Holds a Grafana dashboard to the structure that its import needs, and writes its queries as
Grafana would send them. usage: grafana_queries.py DASHBOARD FOLDER; prints what is wrong, a line
each; FOLDER gets a file a query: time_series-N.sql, table-N.sql, variable-N.sql.
"""
import json
import re
import sys

VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")
PANELS = {"stat", "table", "timeseries"}
faults = []


def fault(words):
    faults.append(words)


def demand(where, value, members):
    """members: {name: type}"""
    for name, kind in members.items():
        if not isinstance(value.get(name), kind):
            fault(f"{where}: {name} is no {kind.__name__}")


def is_source(where, value, name):
    if value.get("datasource", {}).get("uid") != "${" + name + "}":
        fault(f"{where}: its data source is not the one that the import is given")


def check_head(board):
    demand("dashboard", board, {"uid": str, "title": str, "schemaVersion": int, "panels": list,
                                "templating": dict, "time": dict, "annotations": dict,
                                "__inputs": list})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board["uid"]):
        fault("dashboard: uid")
    if "id" in board:
        fault("dashboard: an import has no id of its own")


def check_places(panels):
    taken = set()
    for panel in panels:
        at = panel["gridPos"]
        if not (0 <= at["x"] and at["x"] + at["w"] <= 24 and at["w"] > 0 and at["h"] > 0):
            fault(f"{panel['title']}: it is not within 24 columns")
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        if cells & taken:
            fault(f"{panel['title']}: it lies on another one")
        taken |= cells


def check_panel(panel, source):
    demand(panel.get("title"), panel, {"id": int, "type": str, "title": str, "gridPos": dict,
                                       "description": str, "targets": list, "fieldConfig": dict})
    if panel["type"] not in PANELS:
        fault(f"{panel['title']}: no panel of Grafana's own")
    is_source(panel["title"], panel, source)
    for target in panel["targets"]:
        demand(panel["title"], target, {"refId": str, "format": str, "rawSql": str})
        is_source(panel["title"], target, source)
        if target.get("rawQuery") is not True or target.get("editorMode") != "code":
            fault(f"{panel['title']}: its query is not shown as text")
        if (target["format"] == "time_series") != (panel["type"] == "timeseries"):
            fault(f"{panel['title']}: format {target['format']}")


def check_variable(variable, source):
    demand(variable.get("name"), variable, {"name": str, "label": str, "type": str, "query": str})
    is_source(variable["name"], variable, source)
    if variable["type"] != "query":
        fault(f"{variable['name']}: no query")


def expand(text, variables):
    """Each variable stands for all its values, as with All; the time is any."""
    def put(match):
        name = match.group(1) or match.group(3)
        if name not in variables:
            fault(f"no variable {name}")
            return "NULL"
        if match.group(2) != "sqlstring":
            fault(f"{name} is not quoted as SQL")
        return variables[name]

    text = re.sub(r"\$__timeFilter\(([^()]*)\)",
                  r"\1 BETWEEN '2000-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'", text)
    if "$__" in text:
        fault(f"a macro that is not known: {text}")
    return VARIABLE.sub(put, text)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        board = json.load(file)
    check_head(board)
    source = board["__inputs"][0]["name"]
    variables = {}
    queries = []
    for variable in board["templating"]["list"]:
        check_variable(variable, source)
        queries.append(("variable", expand(variable["query"], variables)))
        variables[variable["name"]] = variable["query"]
    if len({panel["id"] for panel in board["panels"]}) != len(board["panels"]):
        fault("two panels have one id")
    check_places(board["panels"])
    for panel in board["panels"]:
        check_panel(panel, source)
        queries += [(target["format"], expand(target["rawSql"], variables))
                    for target in panel["targets"]]
    for i, (kind, text) in enumerate(queries):
        with open(f"{sys.argv[2]}/{kind}-{i}.sql", "w", encoding="utf-8") as file:
            file.write(text + "\n")
    for words in faults:
        print(words)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
