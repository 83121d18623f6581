#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""page_test.py PCPU_LAB PAGE_OF [TEST ...] - the page in Chromium.

LAB_SCREENSHOTS=FOLDER keeps an image of each tab and view, at both widths, light and dark.
"""
import os
import sys
import tempfile
import traceback

import page_faults as faults
import page_figures as figures
import page_logic as logic
import page_many as many
import page_root as make
import page_use as use
from browser import Browser
from page_case import DRAWN, VIEWS, Case


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


TESTS = [test_every_view, figures.test_figures, figures.test_now, logic.test_verdicts,
         logic.test_tables, logic.test_changed, use.test_use, faults.test_hostile,
         faults.test_without_scripts, faults.test_not_green, many.test_two_machines,
         many.test_thousand_runs]


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
