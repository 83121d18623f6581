# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_faults.py - hostile data, no scripts, what is missing, failed, damaged or too new."""
import json
import os
import re

import page_root as make
from page_case import CELLS, GREEN, VIEWS


EVIL = "<script>window.evil = 1</script><img src=x onerror='window.evil=1'>\"'&\u202e\u05d0\u05d1 "


def test_hostile(case):
    """Any text of any result may be anything."""
    browser, root = case.browser, case.root("hostile")
    evil, long = EVIL + "</script><b></script ><!--<script x", "x" * 10000
    root.put("run.json", make.run(
        make.step(evil, ok=False, said=[evil, long], ended=long), make.step(long, ok=False),
        host=make.host(cpu=evil, commit=long)))
    root.put("boot.json", make.boot(
        make.machine(evil, good=False, why=evil, again="../../" + evil + ".sh", what=long),
        make.machine(long, tests=[{"name": evil, "result": evil, "reason": long}])))
    root.put("fuzz.json", make.fuzz({"target": evil, "words": evil, "inputs": 1, "file": long,
                                     "reproduce": evil}))
    root.put("bench.json", {"context": {"engines": "area", "cpu_model": evil, "warning": evil},
                            "benchmarks": make.bench_case(evil, "area", [5.0])})
    matrix = make.matrix()
    matrix["defects"][0].update(defect=evil, says=long)
    root.put("matrix.json", matrix)
    crashes = make.crashes()
    crashes["groups"][0].update(words=evil, story=[evil], file=long)
    root.put("crashes.json", crashes)
    root.put("layout.json", dict(make.layout(), dump=[evil, long]))
    history = make.History(root)
    series = history.series(evil, evil, evil, evil)
    history.run(evil, {series: 1}, 1, evil)
    history.run(long, {series: 2}, 2, evil)
    history.close()
    path = root.page()
    browser.open(path)
    browser.size(390)
    for link in ["#now", "#boot", "#topology"] + [
            "#%s/view=%s" % (tab, view) for tab in VIEWS for view in VIEWS[tab]] + [
            "#fuzzing/defect=" + EVIL.replace("/", "%2F").replace("#", ""), "#%ff", "#now/%zz=%zz"]:
        browser.go(link)
        case.want(link + ": nothing of it runs", browser.js("return window.evil === undefined"))
        case.equal(link + ": no element of it", len(browser.find("main img, main script")), 0)
        case.equal(link + ": nothing sticks out", browser.overflow(), [])
        case.equal(link + ": the console", browser.console(), [])
    browser.size(1280)
    browser.open(path, "#boot")
    case.want("it is shown as it is", EVIL.strip() in browser.text("#table-boot-machines"))
    with open(path, encoding="utf-8") as page:
        text = page.read()
    case.want("nor is there any in the file", "<script>window.evil" not in text)
    embedded = re.search(r'<script type="application/json" id="document">([^<]*)</script>', text)
    case.want("no datum ends the document, or begins anything in it", embedded and
              json.loads(embedded.group(1))["format"] == "pcpu-lab-report")


def test_without_scripts(case):
    browser, path = case.browser, case.folder + "/full/reports/out/index.html"
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(path)
        shown = [node.text for node in browser.find("main > section") if node.is_displayed()]
        case.equal("all tabs are there", len(shown), 7)
        case.equal("with the figures", [text in shown[i] for i, text in (
            (0, "something was found"), (1, "pair/8B/cpus:8"), (2, "b1_slip"),
            (6, "03c8e926a44fb64d"))], [True] * 4)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    root = case.root("bare")
    root.put("fuzz-series.jsonl", make.fuzz_series())
    browser.open(root.page(env={"LAB_JAVASCRIPT": "/nowhere"}.items()), "#fuzzing/view=time")
    case.want("without the library a notice names its package",
              "libjs-dygraphs" in browser.text("#notices"))
    case.equal("and the figures are in tables", len(browser.find("#fuzzing .chart figure")), 3)
    case.equal("nothing complains", browser.console(), [])


def test_not_green(case):
    """What is missing, failed, damaged or too new is named, and never green."""
    browser = case.browser
    root = case.root("nothing")
    root.put("layout.json", make.layout())
    path = root.page()
    for tab in ("now", "performance", "fuzzing", "boot"):
        browser.open(path, "#" + tab)
        case.want(tab + ": nothing there: it says what makes it",
                  "./lab " in browser.text("#" + tab), browser.text("#" + tab))
        case.equal(tab + ": nothing is green", browser.js(GREEN), [])
        case.look("#nothing-" + tab)

    root = case.root("failed")
    root.put("run.json", make.run(make.step("boot", ok=False, said=["it hangs"],
                                            ended="exit status 1"), make.step("fuzz", ok=False),
                                  host=make.host(commit="abc1234-dirty")))
    history = make.History(root)
    count = history.series("pair/8B/cpus:8/bare", "area", "instructions/op", "1")
    history.run(make.HEAD, {count: 1000}, 1)
    history.run(make.HEAD, {count: 1030}, 2, dirty=1)
    history.close()
    root.put("boot.json", make.boot(
        make.machine("first"),
        make.machine("second", good=False, why="the image hangs", failed=1,
                     again="reports/out/boot/second.sh")))
    os.makedirs(root.folder + "/reports/out/boot")
    root.put("boot/second.log", "line of the log\nits last line\n")
    path = root.page()
    browser.open(path, "#now")
    case.equal("a failed stage", [row[:3] for row in browser.js(CELLS, "#table-subjects")][:3], [
        ["fuzzing", "failed", "exit status 0"], ["benchmarks", "not run", "not run here yet"],
        ["boot", "failed", "second: the image hangs"]])
    case.equal("nothing is green but what was", browser.js(GREEN), [])
    case.want("its lines are there", "it hangs" in browser.text("#table-steps"))
    case.equal("a run of changed files is marked", browser.js(CELLS, "#table-verdict")[0][2:4],
               ["abc1234-dirty", "uncommitted changes"])
    case.equal("and compared with its commit", browser.js(CELLS, "#changed-before")[0][-2:],
               ["+3.00 %", "worse"])
    case.want("by its name", "uncommitted changes" in browser.js(
        "return document.querySelector('#now h3 ~ p.soft').textContent"))
    browser.go(browser.js("return document.querySelector('#now a[href*=compare]').hash"))
    case.equal("the link leads to both", browser.js(CELLS, "#compare")[0][-2:],
               ["+3.00 %", "worse"])
    browser.open(path, "#boot")
    case.equal("the log of the red one", browser.text("#boot pre.log"),
               "line of the log\nits last line")
    case.equal("what is red", browser.js("""
        return Array.from(document.querySelectorAll('#table-boot-machines tbody tr'))
            .map(r => [r.cells[0].textContent, r.querySelector('.badge').className])"""),
        [["first", "badge good"], ["second", "badge bad"]])
    case.look("#failed-boot")

    root = make.fill(case.root("newer"))
    make.fill_history(root)
    history = make.sqlite3.connect(root.folder + "/reports/out/history.db")
    history.execute("PRAGMA user_version = 99")
    history.close()
    browser.open(root.page(status=1), "#now")
    case.want("a history of a newer lab is named",
              "version 99 of a newer lab" in browser.text("#now"))
    case.want("and the whole is not green", "all steps ok" not in browser.js(GREEN))
    case.want("but red", "results are damaged" in browser.text("#table-verdict"))

    document = json.loads(make.Root.report(root, "--json", status=1))
    for change in ({"version": 2}, {"format": "other"}, {"machines": 7}):
        browser.open(case.page_from(dict(document, **change), "changed"))
        case.equal("%s: nothing is green" % change, browser.js(GREEN), [])
        case.want("it says why", "The page's data" in browser.text("#notices"),
                  browser.text("#notices"))
        case.equal("no complaint", browser.console(), [])
