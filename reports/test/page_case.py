# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_case.py - what the tests of a page have in common."""
import json
import os
import subprocess

import page_root as make


VIEWS = {"performance": ["matrix", "trends", "compare", "scale", "tail", "published", "testbeds",
                         "traces", "forecast"],
         "fuzzing": ["run", "time", "zoo", "matrix", "coverage/file=core%2Fone.c", "crashes"]}

# What has to fit into a window of a width: the tabs, tables of words, what pins a chunk.
FITS = {1280: "nav, #now .scroll, .map-panel figure:nth-of-type(1) .scroll",
        390: "nav, #now .scroll, [data-stack] .scroll"}


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
                    self.equal("%s, %d pixels: read without scrolling sideways" % (what, width),
                               browser.sideways(FITS[width]), [])
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


GREEN = """return Array.from(document.querySelectorAll('.badge.good'))
    .filter(n => n.offsetHeight).map(n => n.textContent);"""
