# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_many.py - several machines, and a long history."""
import json
import os
import resource

import page_root as make
from page_case import CELLS, DRAWN, VIEWS


def test_two_machines(case):
    browser, root = case.browser, case.folder + "/full"
    document = json.loads(make.Root.report(type("R", (), {
        "program": case.lab, "folder": root})(), "--json"))
    second = json.loads(json.dumps(document["machines"][0]))
    document["machines"][0]["name"], second["name"] = "left", "right"
    for row in second["results"]["bench"]["rows"]:
        row["ns"] = row.get("ns", 0) * 2
    document["machines"].append(second)
    path = case.page_from(document, "two")
    browser.open(path, "#now")
    case.equal("both in a column", [row[0] for row in browser.js(CELLS, "#table-verdict")],
               ["left", "right"])
    for tab in VIEWS:
        for view in VIEWS[tab]:
            browser.go("#%s/view=%s" % (tab, view))
            case.equal("%s %s: both are shown" % (tab, view), [name in browser.text(
                "section.current") for name in ("left", "right")], [True, True])
            case.equal("the console", browser.console(), [])
    browser.open(path, "#performance/view=trends")
    case.equal("never in one series", browser.js("""
        return document.querySelector('#performance .chart').lab_chart.series.map(s => s.name)"""),
        ["area"])
    case.look("#two-machines")
    path = case.page_from(document, "some", "boot")
    browser.open(path, "#boot")
    case.equal("a page of some tabs", browser.js(
        "return Array.from(document.querySelectorAll('nav a')).map(a => a.hash)"), ["#boot"])


def test_thousand_runs(case):
    browser, root = case.browser, make.fill(case.root("thousand"))
    history = make.History(root)
    counts = [history.series("pair/%dB" % i, "area", "instructions/op", "1") for i in range(400)]
    times = [history.series("pair/%dB" % i, "area", "real_time", "ns") for i in range(90)]
    for i in range(500):
        revision = "%040x" % (i * 7919)
        history.run(revision, {series: 1000 + (i >= 250) * 30 for series in counts}, i)
        history.run(revision, {series: [100 + (i * 37 + k * 11 + series) % 13 + (i >= 300) * 20
                                        for k in range(7)] for series in times}, i, "h", "bench")
    history.close()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    path = root.page()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    case.want("1,000 runs: less than 2 s of a processor", seconds < 2, seconds)
    size = os.path.getsize(path)
    case.want("1,000 runs: less than 3 MB", size < 3000000, size)
    browser.open(path, "#performance/view=trends")
    case.equal("every run of exact counts is there", browser.js("""
        return document.querySelector('#performance .chart').lab_chart.series[0].points.length"""),
        500)
    browser.open(path, "#performance/view=trends/bed=h%2C%20gcc%2C%20release/metric=real_time")
    case.equal("the change point of a time is found", browser.js("""
        return Array.from(document.querySelectorAll('#performance figure')).filter(f =>
            /Change points/.test(f.innerText))[0].querySelectorAll('tbody tr').length"""), 1)
    case.want("what is left out is said", "older points" in browser.text("#performance"))
    for name, drawn in browser.js(DRAWN):
        case.want("the chart '%s' is drawn" % name, drawn)
    case.equal("the console", browser.console(), [])
