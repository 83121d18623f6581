# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_logic.py - what the page's scripts compute: verdicts, fits, curves, sorting, links."""
import copy
import json

import page_root as make
from page_case import CELLS

# [metric, exact, [before, low, high], [after, low, high], verdict]
JUDGED = [
    ["instructions/op", True, [1000], [1006], "worse"],
    ["instructions/op", True, [1000], [1004], "same"],
    ["instructions/op", True, [1000], [994], "better"],
    ["instructions/op", True, [0], [5], "worse"],
    ["instructions/op", True, [0], [0], "same"],
    ["calls/s", True, [100], [110], "better"],
    ["calls/s", True, [110], [100], "worse"],
    ["real_time", False, [100], [150], "unsure"],
    ["real_time", False, [100, 98, 101], [102.5, 102, 103], "same"],
    ["real_time", False, [100, 90, 120], [110, 105, 130], "same"],
    ["real_time", False, [100, 98, 101], [110, 105, 130], "worse"],
    ["real_time", False, [100, 98, 101], [90, 85, 95], "better"],
]


def test_verdicts(case):
    browser = case.browser
    browser.open(case.folder + "/full/reports/out/index.html")
    for row in JUDGED:
        metric, exact, before, after, verdict = row
        case.equal("%s" % row, browser.js("""
            function point(p) { return {value: p[0], low: p.length > 1 ? p[1] : null,
                                        high: p.length > 1 ? p[2] : null}; }
            return lab.history.judge({metric: arguments[0], exact: arguments[1]},
                                     point(arguments[2]), point(arguments[3])).verdict""",
                                          metric, exact, before, after), verdict)
    case.equal("a count holds until it changes, a time does not", browser.js("""
        var history = {sets: [[0, 1, 2, 3]]}, series = {set: 0, at: [0, 2], values: [5, 7]};
        return [true, false].map(exact => lab.history.points(history,
            Object.assign({exact: exact}, series)).map(p => [p.run, p.value]))"""),
        [[[0, 5], [1, 5], [2, 7], [3, 7]], [[0, 5], [2, 7]]])
    case.equal("the last run of a revision counts", browser.js("""
        return lab.history.at_runs({sets: [[0, 1, 2]]}, {set: 0, at: [0, 2], values: [5, 7],
            exact: true}, {0: true, 1: true, 2: true}).value"""), 7)
    case.equal("worst first, by how much it is", browser.js("""
        return lab.compare_sort([["same", 0], ["better", 9], ["worse", 5], ["worse", -20]]
            .map(r => ({verdict: r[0], percent: r[1]}))).map(r => r.percent)"""), [-20, 5, 9, 0])
    case.equal("what is 0 is in no fit", browser.js(
        "return lab.fit([[1, 3], [2, 6], [4, 12], [8, 0]]).slope.toFixed(6)"), "1.000000")
    case.equal("of two hunts of one time the find comes first", browser.js("""
        return lab.survival([{seconds: 2, found: false}, {seconds: 2, found: true},
            {seconds: 3, found: false}]).steps.slice(-1)[0][1].toFixed(4)"""), "0.6667")
    case.equal("low and high of a chart's table", browser.js("""
        return lab.table_tsv(lab.table_of_chart({caption: "c", x: {}, y: {}, series: [
            {name: "s", points: [[1, 2, 3, 4]]}]}))"""), "series\tx\ty\tlow\thigh\ns\t1\t3\t2\t4\n")
    case.equal("no two of 32 series look alike", browser.js("""
        var series = [], node, looks = {};
        for (var i = 0; i < 32; i++) series.push({name: "s" + i, points: [[1, 1], [2, 2]]});
        node = lab.chart_table({caption: "c", x: {}, y: {}, series: series});
        document.querySelector("#now .drawn").appendChild(node);
        return new Promise(done => setTimeout(function () {
            node.querySelectorAll(".legend i").forEach(i => looks[i.className +
                i.style.borderTopColor] = true);
            done(Object.keys(looks).length);
        }, 200))"""), 32)
    case.equal("what is set to nothing leaves the address", browser.js("""
        var link = lab.link.of_tab("now");
        link.set("a", 1); link.set("b", 2); link.set("a", "");
        return location.hash"""), "#now/b=2")


def test_tables(case):
    """Sorting, filtering and copying a table of texts."""
    browser = case.browser
    browser.js("""var rows = [];
        for (var i = 0; i < 12; i++) rows.push([i === 5 ? "" : "row " + i, i % 2 ? "odd" : "even"]);
        document.querySelector("#now .drawn").appendChild(lab.table_make({id: "logic",
            caption: "c", columns: [{head: "name"}, {head: "kind"}], rows: rows}))""")
    head, seen = browser.find("#logic th button")[0], []
    for _ in range(2):
        head.click()
        seen.append([row[0] for row in browser.js(CELLS, "#logic")])
    names = ["row %d" % i for i in range(12) if i != 5]
    case.equal("blanks are last, up and down", seen, [names + [""], names[::-1] + [""]])
    browser.find("#logic input")[0].send_keys("odd 1")
    case.equal("each word of a filter", [row[0] for row in browser.js(CELLS, "#logic")],
               ["row 11", "row 1"])
    case.equal("what is filtered is not copied", browser.js(
        "return lab.table_tsv(document.querySelector('#logic'))"),
        "name\tkind\nrow 11\todd\nrow 1\todd\n")


def test_changed(case):
    """A document with what no result of the other tests has."""
    browser = case.browser
    document = json.loads(make.Root.report(type("R", (), {
        "program": case.lab, "folder": case.folder + "/full"})(), "--json"))
    machine = document["machines"][0]
    history, booted = machine["history"], machine["results"]["boot"]["machines"]
    history["releases"] = [{"name": "v1", "revision": make.BEFORE},
                           {"name": "v2", "revision": make.HEAD}]
    for state in ("seen", "explained", "fixed"):
        history["alerts"].append(dict(copy.deepcopy(history["alerts"][0]), state=state,
                                      percent=-100))
    history["runs"][1]["group"] = 1
    for series in history["series"]:
        if series["metric"] == "metadata_bytes" and series["group"] == 0:
            series.update(at=[0, 2], values=[1024, 2048])
    booted[1].update(good=False, skip="there is no QEMU")
    browser.open(case.page_from(document, "logic"), "#now")
    now = browser.text("#now")
    case.want("the last release before the revision", "Since the last release, v1 (" in now, now)
    case.want("the testbed of the newest run",
              "The newest run of all: ccccccccc, on a host, gcc, release." in now, now)
    case.want("new and seen alerts are open", "2 open of 4;" in now, now)
    case.equal("less than nothing", browser.js(CELLS, "#table-alerts")[1][7], "-100.0 %")
    case.equal("what is plain is no alarm", browser.js(
        "return document.querySelector('#table-verdict td:nth-child(4) .badge').className"),
        "badge plain")
    browser.go("#performance/view=trends/bed=any%2C%20gcc%2C%20release")
    case.equal("the run before it on this testbed", browser.js("""
        return document.querySelector('#performance a[href*="compare="]').hash"""),
        "#performance/compare=aaaaaaaaa..ccccccccc/bed=any%2C%20gcc%2C%20release")
    browser.go("#performance/view=testbeds")
    case.equal("the newest value", browser.js(CELLS, "#testbeds")[0][3:], ["4 KiB", "2 KiB"])
    browser.go("#boot")
    case.equal("what was skipped has no log", len(browser.find("#boot details[id^=log-]")), 0)
    browser.open(case.folder + "/full/reports/out/index.html", "#performance/view=matrix")
    browser.find("#performance-view-matrix")[0].send_keys("\ue012")  # the left arrow
    case.equal("views go round", browser.js("return location.hash"), "#performance/view=forecast")
    case.equal("no complaint", browser.console(), [])
