#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_test.py PCPU_LAB PAGE_OF - the page in Chromium, as a reader uses it.

LAB_SCREENSHOTS=FOLDER keeps an image of each tab and view, at both widths, light and dark.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback

import page_root as make
from browser import Browser

VIEWS = {"performance": ["matrix", "trends", "compare", "scale", "tail", "published", "testbeds",
                         "traces", "forecast"],
         "fuzzing": ["run", "time", "zoo", "matrix", "coverage/file=core%2Fone.c", "crashes"]}


class Case:
    """What each test has: the browser, the programs, a folder, and counts."""

    def __init__(self, browser, folder, lab, page_of):
        self.browser, self.folder, self.lab, self.page_of = browser, folder, lab, page_of
        self.passed = self.failed = 0
        self.screenshots = os.environ.get("LAB_SCREENSHOTS")

    def want(self, what, ok, seen=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: %s: %s" % (what, str(seen)[:800]))

    def equal(self, what, is_, want):
        self.want(what, is_ == want, "%r, not %r" % (is_, want))

    def root(self, name):
        return make.Root(self.folder + "/" + name, self.lab)

    def page_from(self, document, name, *tabs):
        """The page of a document that no result leads to."""
        path = "%s/%s.json" % (self.folder, name)
        with open(path, "w", encoding="utf-8") as to:
            json.dump(document, to)
        with open(path + ".html", "wb") as to:
            subprocess.run([self.page_of, path, *tabs], stdout=to, check=True)
        return path + ".html"

    def look(self, what):
        """What no page may have at any width, light or dark."""
        browser = self.browser
        for dark in (False, True):
            browser.dark(dark)
            browser.wait("return document.documentElement.getAttribute('data-theme') === "
                         "arguments[0]", "dark" if dark else "light")
            for width in (1280, 390):
                browser.size(width)
                if self.screenshots:
                    browser.js_async("setTimeout(arguments[arguments.length - 1], 300)")
                    browser.screenshot("%s/%s-%d-%s.png" % (
                        self.screenshots, what.strip("#").replace("/", "_"), width,
                        "dark" if dark else "light"))
                if not dark:
                    self.equal("%s, %d pixels: nothing sticks out" % (what, width),
                               browser.overflow(), [])
            self.equal("%s: dark is %s" % (what, dark), browser.js(
                "return getComputedStyle(document.body).backgroundColor"),
                "rgb(19, 23, 28)" if dark else "rgb(255, 255, 255)")
            self.equal("%s, dark %s: contrast" % (what, dark), browser.contrast(), [])
        browser.dark(False)
        browser.size(1280)
        self.equal(what + ": the console", browser.console(), [])


# A chart has drawn something where pixels of its own canvas have a colour.
DRAWN = """
return Array.from(document.querySelectorAll('section.current .chart')).filter(c => c.offsetHeight)
    .map(function (chart) {
        var canvas = Array.from(chart.querySelectorAll('canvas')), name = chart.lab_chart.caption;
        return [name, canvas.some(function (one) {
            var data = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
            for (var i = 0; i < data.length; i += 4)
                if (data[i + 3] > 128 && Math.abs(data[i] - data[i + 2]) > 60) return true;
            return false;
        })];
    });"""
CELLS = """
return Array.from(document.querySelectorAll(arguments[0] + ' tbody tr'))
    .filter(r => r.offsetHeight).map(r => Array.from(r.cells).filter(c => c.offsetHeight)
    .map(c => Array.from(c.childNodes).map(n => n.textContent).join('|')
        .replace(/\u202f/g, ' ')));"""


def test_every_view(case):
    browser = case.browser
    root = make.fill_history(make.fill(case.root("full")))
    path = root.page()
    browser.open(path)
    case.equal("the first tab is shown", browser.js(
        "return document.querySelector('section.current').id"), "now")
    for tab in browser.js("""return Array.from(document.querySelectorAll('nav a'))
            .map(a => a.hash)"""):
        browser.go(tab)
        shown = browser.js("""return Array.from(document.querySelectorAll('main > section'))
            .filter(s => s.offsetHeight).map(s => '#' + s.id)""")
        case.equal("the tab alone is shown", shown, [tab])
        case.equal("the navigation says so", browser.js(
            "return document.querySelector('nav a[aria-current=page]').hash"), tab)
        for view in VIEWS.get(tab[1:], [None]):
            link = tab if view is None else tab + "/view=" + view
            browser.go(link)
            browser.wait("""return Array.from(document.querySelectorAll('section.current .chart'))
                .filter(c => c.offsetHeight).every(c => c.dygraph)""")
            case.look(link)
            for name, drawn in browser.js(DRAWN):
                case.want("%s: the chart '%s' is drawn" % (link, name), drawn)
    return path


def test_figures(case):
    """Figures that are known stand where they belong."""
    browser, path = case.browser, case.folder + "/full/reports/out/index.html"
    browser.open(path, "#performance")
    rows = {row[0]: row for row in browser.js(CELLS, "#matrix")}
    case.equal("a ratio of medians, its bounds by the intervals, memory",
               rows["pair/8B/cpus:8"][1:], ["1.00|100 ns|populated 1.50",
                                            "2.50|2.40–2.61|populated 3.25"])
    case.equal("without intervals: the time", rows["pair/8B/cpus:64"][1:],
               ["1.00|800 ns|", "0.31|250 ns|"])
    case.equal("colours", browser.js("""return Array.from(document.querySelectorAll(
        '#matrix td.n')).map(c => c.className.trim())""")[:4], ["n", "n more2", "n", "n less3"])
    browser.go("#performance/view=scale")
    slopes = {(row[0], row[2]): row[5:] for row in browser.js(CELLS, "#slopes")}
    case.equal("a slope: 8 times the CPUs, 8 times the time",
               slopes[("pair/8B/cpus:*", "area")], ["1.00", "x^1.00: linear"])
    case.equal("a constant", slopes[("pair/8B/cpus:*", "mimalloc")], ["0.00", "x^0.00: constant"])
    case.equal("a million objects: the time of one, 381 and 1526 ns, not of all",
               slopes[("million/*B/cpus:2", "area")], ["0.50", "x^0.50: less than linear"])
    browser.go("#performance/view=scale/scale=bytes%20in%20million%2F*B%2Fcpus%3A2")
    case.equal("and its points", browser.js("""return Array.from(document.querySelectorAll(
        '#performance .chart')).filter(c => c.offsetHeight)[0].lab_chart.series[0].points
        .map(point => [point[0], Math.round(point[1])])"""), [[4, 381], [64, 1526]])
    browser.go("#performance/view=tail")
    case.equal("the tail", browser.js(CELLS, "#tail")[0],
               ["churn/live:20000/cpus:8", "area", "120 ns", "900 ns", "5 µs", "70 µs"])
    browser.go("#performance/view=published")
    case.equal("published beside ours", browser.js(CELLS, "#table-million")[0][5:7],
               ["400.0", "310"])
    browser.go("#performance/view=testbeds")
    case.equal("two testbeds are two columns", browser.js(CELLS, "#testbeds"),
               [["pair/8B/cpus:8/bare", "area", "metadata_bytes", "2 KiB", "4 KiB"]])
    browser.go("#fuzzing/view=zoo")
    steps = browser.js("""return lab.survival([{seconds: 1, found: true}, {seconds: 60,
        found: false}, {seconds: 3, found: true}, {seconds: 2, found: false}])""")
    case.equal("Kaplan and Meier", [[round(x, 4), round(y, 4)] for x, y in steps["steps"]],
               [[0.6667, 1], [1, 0.75], [3, 0.375], [60, 0.375]])
    case.equal("hunts that were given up", steps["censored"], [[2, 0.75], [60, 0.375]])
    chart = browser.js("""return document.querySelector('#fuzzing .chart').lab_chart.series
        .map(s => [s.name, s.points.length])""")
    case.equal("curves of both engines, and those given up", chart, [
        ["libfuzzer", 6], ["libfuzzer, given up", 2], ["afl", 3], ["afl, given up", 2]])
    case.equal("reached, triggered, detected", browser.js(CELLS, "#zoo-reach-sums"), [
        ["libfuzzer, from an empty corpus", "2", "2", "2", "2", ""],
        ["afl, from an empty corpus", "1", "1", "1", "1", ""],
        ["the committed corpus", "3", "3", "3", "1", "b2_slip, b3_slip"]])
    case.equal("of each defect", browser.js(CELLS, "#table-zoo-inputs")[1],
               ["b2_slip", "9", "4", "2", "0", "it is wrong"])
    browser.go("#fuzzing/view=matrix")
    case.equal("what each finds, and alone", browser.js(CELLS, "#matrix-sums"), [
        ["walker", "1", "3", "0", ""], ["model", "0", "3", "0", ""],
        ["unit test", "2", "3", "1", "b3_slip"], ["inductive", "0", "3", "0", ""],
        ["corpus", "0", "3", "0", ""], ["fuzzing", "0", "3", "0", ""],
        ["schedules", "0", "3", "0", ""], ["boot", "1", "2", "1", "b2_slip"]])
    case.equal("found, not found, not run", browser.js(CELLS, "#table-matrix")[0][:9],
               ["b1_slip", "x| found", "-| not found", "x| found", "-| not found",
                "-| not found", "-| not found", "-| not found", "?| not run"])
    browser.go("#fuzzing/view=coverage/file=core%2Fone.c")
    case.equal("coverage down to lines", browser.js(CELLS, "#fuzzing .lines")[2],
               ["3", "0", "\treturn 7;", "did not run: nobody calls it so"])
    case.equal("a line that never ran is marked", browser.js("""return document.querySelector(
        '#fuzzing .lines tr:nth-child(3)').className"""), "never")
    browser.go("#fuzzing/view=crashes")
    case.equal("a crash: operations, before, after, test", browser.js(
        "return Array.from(document.querySelectorAll('#fuzzing details pre'))"
        ".map(p => p.innerText)"),
        ["1 alloc 16\n2 free", "[##..]", "[....]", "TEST(one)\n{\n}\n"])
    browser.go("#boot")
    case.equal("tests by machines", browser.js(CELLS, "#boot-grid"),
               [["cpus", "✓| passed", "✓| passed"]])


def test_now(case):
    browser, path = case.browser, case.folder + "/full/reports/out/index.html"
    browser.open(path, "#now")
    case.equal("each subject", [row[:2] for row in browser.js(CELLS, "#table-subjects")],
               [["fuzzing", "ok"], ["benchmarks", "ok"], ["boot", "ok"],
                ["planted boot defects", "ok"], ["traces", "ok"]])
    case.equal("the alert", browser.js(CELLS, "#table-alerts")[0][1:5],
               ["new", "pair/8B/cpus:8/bare", "area", "instructions/op"])
    case.want("is open", "1 open" in browser.text("#now"))
    browser.open(path, "#performance/compare=%s..%s" % (make.BEFORE[:9], make.HEAD[:9]))
    case.equal("a link to a comparison: the rise of 3 %", browser.js(CELLS, "#compare"), [
        ["pair/8B/cpus:8/bare", "area", "instructions/op", "1 000", "1 030",
         "+3.00 %", "worse"],
        ["pair/8B/cpus:8/bare", "area", "metadata_bytes", "2 KiB", "2 KiB", "0.00 %",
         "same"]])
    browser.open(path, "#performance/view=trends")
    case.equal("the change point names its commit", browser.js("""return Array.from(document
        .querySelectorAll('#performance figure')).filter(f => /Change points/.test(f.innerText))
        .map(f => f.querySelector('tbody tr').innerText.split('\\t')
        .map(t => t.trim().replace(/\u202f/g, ' ')))[0]"""),
        ["pair/8B/cpus:8/bare", "area", "instructions/op", make.HEAD[:9], "1 000",
         "1 030", "+3.0 %", "what else changed"])
    case.equal("and is drawn", len(browser.find("#performance .dygraph-annotation.change")), 1)


def test_use(case):
    """Sorting, filters, copies, choices, hovering, zooming, keys, back."""
    browser, path = case.browser, case.folder + "/full/reports/out/index.html"
    browser.open(path, "#performance/view=published")
    browser.go("#performance/view=tail")
    head = "#tail th:nth-child(5) button"
    browser.find(head)[0].click()
    case.equal("sorted by value, ascending", [row[4] for row in browser.js(CELLS, "#tail")],
               ["2 µs", "5 µs"])
    browser.find(head)[0].click()
    case.equal("and descending", [row[4] for row in browser.js(CELLS, "#tail")],
               ["5 µs", "2 µs"])
    case.equal("which is said", browser.js("""return document.querySelector('#tail th:nth-child(5)')
        .getAttribute('aria-sort')"""), "descending")
    browser.js("document.querySelector('#tail .bar button').click()")
    case.equal("copied as TSV, the numbers themselves", browser.js("return lab.copied").split("\n"),
               ["case\tengine\tmedian\tp99\tp99.9\tthe longest",
                "churn/live:20000/cpus:8\tarea\t120\t900\t5000\t70000",
                "churn/live:20000/cpus:8\tmimalloc\t130\t800\t2000\t90000", ""])
    browser.open(path, "#now")
    browser.js("""var t = document.querySelector('#table-steps'), rows = t.querySelector('tbody');
        for (var i = 0; i < 60; i++) rows.appendChild(rows.rows[0].cloneNode(true));
        t.querySelector('.bar').remove(); lab.table_enhance(t);""")
    case.equal("the first rows of many", len(browser.js(CELLS, "#table-steps")), 40)
    browser.find("#table-steps input")[0].send_keys("topology")
    case.equal("filtered", [row[1] for row in browser.js(CELLS, "#table-steps")], ["topology"])

    browser.open(path, "#performance")
    browser.js("""var s = document.querySelector('#performance-matrix select');
        s.value = 'populated/live'; s.dispatchEvent(new Event('change'));""")
    case.equal("a choice is in the address", browser.js("return location.hash"),
               "#performance/quantity=populated%2Flive")
    case.equal("and shown", browser.js(CELLS, "#matrix")[0], ["pair/8B/cpus:8", "1.50", "3.25"])
    link = browser.js("return location.href")
    browser.open(path, link[link.index("#"):])
    case.equal("a link restores the choice", browser.js(CELLS, "#matrix")[0],
               ["pair/8B/cpus:8", "1.50", "3.25"])
    browser.find("#performance-view-matrix")[0].send_keys("\ue014")  # the right arrow
    case.equal("views by keys", browser.js("return location.hash"),
               "#performance/quantity=populated%2Flive/view=trends")
    browser.go("#boot")
    browser.find("nav a[href='#performance']")[0].click()
    browser.wait("return document.querySelector('section.current').id === 'performance'")
    case.equal("a tab comes back as it was left", browser.js("return location.hash"),
               "#performance/quantity=populated%2Flive/view=trends")
    browser.driver.back()
    case.want("back", browser.wait(
        "return document.querySelector('section.current').id === 'boot'"))

    browser.open(path, "#fuzzing/defect=b2_slip")
    case.equal("a link to a defect", browser.js("""return Array.from(document.querySelectorAll(
        'tr.marked')).filter(r => r.offsetHeight).map(r => r.cells[0].textContent)"""), ["b2_slip"])
    browser.js("document.querySelector('#table-matrix tbody tr:nth-child(3) td').click()")
    case.equal("a click marks another", browser.js("return location.hash"),
               "#fuzzing/defect=b3_slip/view=matrix")

    browser.open(path, "#fuzzing/view=time")
    browser.wait("return !!document.querySelector('#fuzzing .chart').dygraph")
    box = browser.js("""var r = document.querySelector('#fuzzing .plot').getBoundingClientRect();
        return [r.left, r.top, r.width, r.height]""")
    for kind, x in (("mouseMoved", .75), ("mouseMoved", .76)):
        browser.mouse(kind, box[0] + box[2] * x, box[1] + box[3] / 2)
    case.want("hovering tells the values", browser.wait(
        "return /fuzz_map libfuzzer: [0-9]/.test(document.querySelector('#fuzzing .legend')"
        ".textContent)"), browser.text("#fuzzing .legend"))
    whole = browser.js("return document.querySelector('#fuzzing .chart').dygraph.xAxisRange()")
    browser.mouse("mousePressed", box[0] + box[2] * .3, box[1] + box[3] / 2)
    browser.mouse("mouseMoved", box[0] + box[2] * .6, box[1] + box[3] / 2, 1)
    browser.mouse("mouseReleased", box[0] + box[2] * .6, box[1] + box[3] / 2)
    part = browser.js("return document.querySelector('#fuzzing .chart').dygraph.xAxisRange()")
    case.want("dragging zooms", part[1] - part[0] < 0.5 * (whole[1] - whole[0]), (whole, part))
    browser.js("document.querySelector('#fuzzing .axis.end button').click()")
    case.equal("the whole range again", browser.js(
        "return document.querySelector('#fuzzing .chart').dygraph.xAxisRange()"), whole)
    browser.js("document.querySelector('#fuzzing .legend button').click()")
    case.equal("a series is taken away", browser.js(
        "return document.querySelector('#fuzzing .chart').dygraph.visibility()"), [False, True])
    browser.js("document.querySelector('#theme').click()")
    case.equal("the switch of colours", browser.js(
        "return getComputedStyle(document.body).backgroundColor"), "rgb(19, 23, 28)")
    case.equal("charts follow", [name for name, drawn in browser.js(DRAWN) if not drawn], [])
    case.equal("no complaint", browser.console(), [])
    case.equal("every control has a name", browser.js("""
        return Array.from(document.querySelectorAll('button, select, input, a, [role=region]'))
            .filter(n => getComputedStyle(n).display !== 'none' && !(n.textContent.trim() ||
                           n.getAttribute('aria-label') ||
                           n.closest('label'))).map(n => n.outerHTML.slice(0, 80))"""), [])
    browser.media("print")
    case.equal("on paper: no navigation, all tabs", browser.js("""return [
        getComputedStyle(document.querySelector('nav')).display,
        Array.from(document.querySelectorAll('main > section')).every(s => s.offsetHeight > 0)]"""),
        ["none", True])
    browser.media("")


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
            (0, "all steps ok"), (1, "pair/8B/cpus:8"), (2, "b1_slip"),
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


GREEN = """return Array.from(document.querySelectorAll('.badge.good'))
    .filter(n => n.offsetHeight).map(n => n.textContent);"""


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
    path = root.page()
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


TESTS = [test_every_view, test_figures, test_now, test_use, test_hostile, test_without_scripts,
         test_not_green, test_two_machines, test_thousand_runs]


def main(lab, page_of, *names):
    with tempfile.TemporaryDirectory(prefix="pcpu-lab-page-") as folder:
        browser = Browser(folder + "/profile")
        case = Case(browser, folder, lab, page_of)
        try:
            if names and "test_every_view" not in names:
                make.fill_history(make.fill(case.root("full"))).page()
            for test in TESTS:
                if names and test.__name__ not in names:
                    continue
                try:
                    test(case)
                except Exception:  # the other tests are still of use
                    case.want(test.__name__, False, traceback.format_exc()[-700:])
        finally:
            browser.close()
    print("%d passed, %d failed, 0 skipped" % (case.passed, case.failed))
    return 1 if case.failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), *sys.argv[3:]))
