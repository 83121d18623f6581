#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_test.py PCPU_LAB - the page in Chromium: tabs, links, tables, what is damaged or hostile."""
import os
import sys
import tempfile
import traceback

import page_root as make
from browser import Browser


class Counts:
    def __init__(self):
        self.passed = self.failed = 0

    def want(self, what, ok, seen=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: %s: %s" % (what, str(seen)[:800]))

    def equal(self, what, is_, want):
        self.want(what, is_ == want, "%r, not %r" % (is_, want))


def look(browser, counts, what):
    """What no page may have at any width, light or dark."""
    for dark in (False, True):
        browser.dark(dark)
        for width in (1280, 390):
            browser.size(width)
            counts.equal("%s: %d pixels, dark %s: nothing sticks out" % (what, width, dark),
                         browser.overflow(), [])
        counts.equal("%s: dark %s: contrast" % (what, dark), browser.contrast(), [])
    browser.dark(False)
    browser.size(1280)
    counts.equal(what + ": the console", browser.console(), [])


def good_root(folder, program):
    root = make.Root(folder, program)
    root.put("run.json", make.run(make.step("boot", has_json=True), make.step("topology")))
    root.put("boot.json", make.boot(make.machine("first"),
                                    make.machine("second", good=False, why="it hangs", failed=1)))
    return root


def test_tabs(browser, counts, folder, program):
    path = good_root(folder, program).page()
    browser.open(path)
    counts.equal("the first tab is shown", browser.js(
        "return document.querySelector('section.current').id"), "now")
    tabs = browser.js("return Array.from(document.querySelectorAll('nav a')).map(a => a.hash)")
    for tab in tabs:
        browser.go(tab)
        shown = browser.js("""return Array.from(document.querySelectorAll('main > section'))
            .filter(s => s.offsetHeight).map(s => '#' + s.id)""")
        counts.equal("the tab alone is shown", shown, [tab])
        look(browser, counts, tab)
    browser.open(path, "#boot")
    counts.equal("a link to a tab", browser.js(
        "return document.querySelector('section.current').id"), "boot")
    counts.equal("the second machine is red", browser.js("""
        return Array.from(document.querySelectorAll('#table-boot-machines tbody tr'))
            .map(r => [r.cells[0].textContent, r.querySelector('.badge').className,
                       r.querySelector('.badge').textContent])"""),
        [["first", "badge good", "ok"], ["second", "badge bad", "failed"]])


TESTS = [test_tabs]


def main(program):
    counts = Counts()
    with tempfile.TemporaryDirectory(prefix="pcpu-lab-page-") as folder:
        browser = Browser(folder + "/profile")
        try:
            for test in TESTS:
                try:
                    test(browser, counts, folder + "/" + test.__name__, program)
                except Exception:  # the other tests are still of use
                    counts.want(test.__name__, False, traceback.format_exc())
        finally:
            browser.close()
    print("%d passed, %d failed, 0 skipped" % (counts.passed, counts.failed))
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
