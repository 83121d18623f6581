# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_figures.py - figures that are known stand where they belong."""
import page_root as make
from page_case import CELLS


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
    case.want("the machine's memory in its unit", "2 cores, 2 GiB." in browser.text("#performance"))
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
    browser.go("#map")
    browser.wait("return document.querySelector('.map-panel th')")
    case.equal("of one node, no column of nodes", browser.js("""return Array.from(
        document.querySelectorAll('.map-panel figure:nth-of-type(1) th'))
        .map(head => head.textContent)"""), ["site", "age, events", "objects", "live, B",
                                             "stranded, B"])
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
               [["fuzzing", "failed"], ["benchmarks", "ok"], ["boot", "ok"],
                ["planted boot defects", "ok"], ["traces", "ok"]])
    case.equal("what was found earlier and still breaks", browser.js(
        CELLS, "#table-subjects")[0][2:], [
            "1 way to break it, kept from earlier: two objects share a byte",
            "./lab crash reports/out/crashes/one"])
    case.equal("the alert", browser.js(CELLS, "#table-alerts")[0][1:5],
               ["new", "pair/8B/cpus:8/bare", "area", "instructions/op"])
    case.equal("its commit in short", browser.js(CELLS, "#table-alerts")[0][8], "c" * 12)
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
    case.want("whole within the chart", browser.js("""
        return document.querySelector('.dygraph-annotation.change').getBoundingClientRect().top >=
            document.querySelector('#performance .plot').getBoundingClientRect().top"""))
