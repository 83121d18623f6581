# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_use.py - the page as a reader uses it."""
from page_case import CELLS, DRAWN


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
               ["case\tengine\tmedian\tp99\tp99.9\tmax",
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
    for dark in (True, False):
        browser.dark(dark)
        browser.js_async("setTimeout(arguments[arguments.length - 1], 50)")
    case.equal("stays, whatever the system turns to", browser.js(
        "return document.documentElement.getAttribute('data-theme')"), "dark")
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
