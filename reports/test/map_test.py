#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""map_test.py PCPU_LAB PAGE_OF ROOT - the memory map, topology and sizes in Chromium.

What the player shows is held against the allocator's own counts, against tables that are right by
hand, and against itself: played and jumped to.
"""
import json
import os
import subprocess
import sys
import tempfile
import traceback

from browser import Browser
from page_case import Case

# Two pages' worth of a first chunk: the static part fills page 0, objects lie on page 1.
SMALL = ["--engine", "area", "--static", "4096", "--reserved", "0", "--dyn", "20480",
         "--topology", "synthetic:numa:2 pu:2"]
TRACE = """# pcpu-trace-ops 1
a 0 16 8 -- one
a 1 100 4 -- <script>two</script>
a 2 8 8 -- one
f 2
b
a 3 30000 8 -- large
f 3
"""


class Map(Case):
    def lab_run(self, *words):
        subprocess.run([self.lab, *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def trace(self, text=TRACE):
        path = self.folder + "/small.trace"
        with open(path, "w", encoding="utf-8") as to:
            to.write(text)
        return path

    def open(self, page, link="#map"):
        self.browser.open(page, link)
        self.browser.wait("return window.lab && lab.map_shown && document.querySelector("
                          "'.map-panel figure.table')")

    def rest(self, event):
        """Until the player rests at this event, tables and all."""
        self.browser.wait("return location.hash.indexOf('/step=' + arguments[0]) > 0 || "
                          "!arguments[0] && location.hash.indexOf('step=') < 0", event)

    def rows(self, css):
        return self.browser.js("""
            return Array.from(document.querySelectorAll(arguments[0] + ' tbody tr')).map(
                row => Array.from(row.cells).map(cell => cell.hasAttribute('data-v') ?
                    Number(cell.getAttribute('data-v')) : cell.textContent))""", css)

    def set(self, css, value, event):
        self.browser.js("""var node = document.querySelector(arguments[0]);
            node.value = arguments[1]; node.dispatchEvent(new Event(arguments[2]))""",
                        css, value, event)

    def click(self, text):
        self.browser.js("""Array.from(document.querySelectorAll('.map-player button'))
            .filter(b => b.textContent === arguments[0])[0].click()""", text)

    def hover(self, canvas, x, y):
        """The pointer over a place of the first panel's canvas, in CSS pixels."""
        self.browser.js("""var canvas = document.querySelectorAll('.map-panel canvas')[
                arguments[0]], box = canvas.getBoundingClientRect();
            canvas.dispatchEvent(new MouseEvent('mousemove', {bubbles: true,
                clientX: box.left + arguments[1], clientY: box.top + arguments[2]}))""",
                        canvas, x, y)
        return self.browser.text(".map-under")


def state_text():
    """All that a player knows, of each engine."""
    return """return JSON.stringify(lab.map_shown.panels.map(p => p.engine).map(e => [
        e.event, e.nr_live, e.live_bytes, e.end, e.chunks.map(c => c && [c.kind, c.id, c.slot,
            c.hint, c.apart, Array.from(c.pages), c.nr_backed, c.nr_live, c.live_bytes,
            c.oldest, c.newest, Array.from(c.cells)]), Array.from(e.alive).join('')]))"""


def test_counts(case):
    """At the end, the player's sums are what the allocator counts; jumps lead where play does."""
    page = case.folder + "/netns.html"
    case.lab_run("map", case.root_of_tree + "/corpus/traces/netns.trace.xz", "--engine",
                 "bitmap,linux61,area", "-o", page)
    case.open(page)
    browser = case.browser
    nr = browser.js("return lab.map_shown.map.events")
    seen = {}
    for event in (1, 8191, 8192, 8193, 31000, nr):
        browser.js("lab.map_shown.player.move(arguments[0])", event)
        seen[event] = browser.js(state_text())
    for event in (8192, nr, 1, 31000, 8193, 8191):
        browser.js("lab.map_shown.player.move(arguments[0])", event)
        case.want("a jump to event %d is where play leads" % event,
                  browser.js(state_text()) == seen[event])
    browser.js("lab.map_shown.player.move(arguments[0])", nr)
    ends = browser.js("""return lab.map_shown.panels.map(p => { var f = p.engine.figures();
        return [f.nr_chunks, f.nr_live, f.live_bytes, f.backed_bytes, f.stranded_bytes]; })""")
    wanted = browser.js("""return lab.map_shown.map.engines.map(e => [e.end.chunks, e.end.live,
        e.end.live_bytes, e.end.populated_bytes, e.end.stranded_bytes])""")
    case.equal("at the end: as the allocator counts", ends, wanted)
    case.equal("three engines side by side", len(browser.find(".map-panel")), 3)
    case.equal("and the table of it", [row[2:7] for row in case.rows("#table-map-end")], wanted)
    sums = browser.js("""return lab.map_shown.panels.map(p => lab.map_pins(p.engine,
        lab.map_shown.map.sites, null).reduce((sum, row) => [sum[0] + row.nr, sum[1] + row.live,
        sum[2] + row.stranded], [0, 0, 0]).map(Math.round))""")
    case.equal("what pins adds up to what is there", sums,
               [[end[1], end[2], end[4]] for end in wanted])
    case.want("the chart has its table", len(case.rows(".chart")) > 300)
    case.equal("its last sample is of the last event", browser.js(
        "return lab.map_shown.panels[0].engine.samples.slice(-1)[0].event"), nr)
    case.equal("played without a jump, the cells too", browser.js("""
        var shown = lab.map_shown, numbers = engine => JSON.stringify([engine.nr_live, engine.end,
            engine.chunks.map(c => c && [c.nr_live, Array.from(c.cells)])]);
        return shown.panels.map(p => numbers(p.engine) === numbers(
            lab.map_engine(shown.map, shown.trace, p.engine.column)));"""), [True] * 3)
    case.equal("a frame keeps what is out of use", browser.js("""
        var engine = lab.map_shown.panels[0].engine;
        engine.chunks[0].apart = 1;
        engine.frame_keep();
        engine.frame_take(engine.frames.pop());
        return engine.chunks[0].apart"""), 1)
    case.equal("the speed: all of it within a minute", browser.js(
        "return lab.map_player(600000, function () {}).speed"), 10000)
    case.equal("CPUs of nodes, without those of no unit", browser.js("""
        return lab.map_nodes({layout: {units: [[null, 0, 0], [0, 0, 0], [1, 0, 1]]}})"""),
        [{"node": 0, "nr_cpus": 1}, {"node": 1, "nr_cpus": 1}])
    case.equal("a map that ends within a page", browser.js("""
        return lab.map_pins({page_bytes: 4096, each_live: () => 0, chunks: [
            {covers: 6000, used: 0, pages: [1, 1]}]}, [], null)[0].stranded"""), 6000)
    case.equal("ages of one class", browser.js(
        "return [0, 10, 11, 100, 101, 100000, 100001].map(lab.map_age_class)"),
        [0, 0, 1, 1, 2, 4, 5])


def test_small(case):
    page = case.folder + "/small.html"
    case.lab_run("map", case.trace(), *SMALL, "-o", page)
    case.open(page, "#map/step=2")
    browser, pins = case.browser, ".map-panel figure:nth-of-type(1)"
    case.want("the link's event", browser.text(".map-event").startswith(
        "Event 2: allocates 100 B aligned to 4, by <script>two</script>"),
        browser.text(".map-event"))
    nothing = "(nothing: empty pages)"
    case.equal("what pins the first chunk, by hand", sorted(case.rows(pins)), sorted(
        [[nothing, node, "", 0, 0, 32768] for node in (0, 1)] +
        [["one", node, "up to 10", 1, 32, 3980] for node in (0, 1)] +
        [["<script>two</script>", node, "up to 10", 1, 200, 3980] for node in (0, 1)]))
    width = browser.js("return document.querySelectorAll('.map-panel canvas')[1].clientWidth")
    words = case.hover(1, width * 8 / 4096, 8 + 3)
    case.want("hover: size, alignment, site, age", words.startswith(
        "16 B aligned to 8, by one, at offset 4\u202f096: made by event 1, 2 events old, "
        "never freed"), words)
    case.want("hover: who holds the chunk", "held by <script>two</script> with 86" in words and
              words.endswith("the oldest object is 2 events old"), words)
    words = case.hover(1, width * 60 / 4096, 8 + 3)
    case.want("hover: the next object", words.startswith("100 B aligned to 4, by <script>two"),
              words)
    words = case.hover(1, width / 2, 8 + 3)
    case.want("hover: a free place", words.startswith("free, on a populated page"), words)
    words = case.hover(0, 1, 1)
    case.want("hover: the static part", words.startswith("the static part"), words)
    unit = browser.js("return document.querySelector('.map-panel canvas').clientWidth") / 2 ** 20
    words = case.hover(0, unit * 25600, 1)
    case.want("hover: behind the map", words.startswith("behind the chunk's map"), words)
    case.equal("which is drawn so", browser.js("""
        var canvas = document.querySelector('.map-panel canvas'), data = canvas.getContext('2d')
            .getImageData(canvas.width - 9, 2, 1, 1).data;
        return '#' + [0, 1, 2].map(i => data[i].toString(16).padStart(2, '0')).join('') ===
            lab.map_colour('line')"""), True)
    browser.js("""document.querySelectorAll('.map-panel canvas')[1].dispatchEvent(
        new MouseEvent('mouseleave'))""")
    case.equal("nothing is under no pointer", browser.text(".map-under"), "")

    case.click("+ 1")
    case.rest(3)
    case.equal("a step on", browser.js("return lab.map_shown.panels[0].engine.nr_live"), 3)
    words = browser.js("""var panel = Object.create(lab.map_shown.panels[0]);
        panel.spot = () => ({number: 0, from: 4096, to: 5000});
        panel.hover("overview", null, null);
        return panel.under.textContent""")
    case.want("hover: of several the one with the most bytes", words.startswith("100 B"), words)
    words = browser.js("""return lab.map_object_words(lab.map_shown.map,
        lab.map_shown.panels[0].engine, 2)""")
    case.want("when it will be freed", words.endswith("freed by event 4"), words)
    case.click("\u2212 1")
    case.rest(2)
    case.equal("a step back", browser.js("return lab.map_shown.panels[0].engine.nr_live"), 2)
    case.set(".map-slider", 5, "input")
    case.rest(5)
    case.equal("the slider", browser.js("return document.querySelector('.map-number').value"), "5")
    case.want("a balance is named", "balance" in browser.text(".map-event"))
    case.set(".map-number", 6, "change")
    case.rest(6)
    case.equal("a chunk more", browser.js("return lab.map_shown.panels[0].shown().length"), 2)
    case.want("its figures", browser.text(".map-figures").startswith("2 chunks, 3 objects"),
              browser.text(".map-figures"))
    browser.js("""var canvas = document.querySelector('.map-panel canvas'), box =
        canvas.getBoundingClientRect(); canvas.dispatchEvent(new MouseEvent('click', {bubbles: true,
        clientX: box.left + 5, clientY: box.top + 2}))""")
    browser.wait("return location.hash.indexOf('chunk=area%3A0') > 0")
    case.want("a chunk that is chosen", browser.text(".map-panel h4").startswith("first chunk:"),
              browser.text(".map-panel h4"))
    case.set(".map-place select:not(.map-player select)", "one", "change")
    browser.wait("return location.hash.indexOf('site=one') > 0")
    case.set(".map-number", 99, "change")
    case.rest(7)
    case.equal("no further than the end", browser.js("return lab.map_shown.player.event"), 7)
    browser.js("""var player = lab.map_shown.player, moved = player.onmove;
        player.speed = 100;
        window.played = [];
        player.onmove = (event, rests) => { played.push(event); moved(event, rests); }""")
    case.click("play")
    case.want("played from the start to the end", browser.wait(
        "return lab.map_shown.player.frame === null && lab.map_shown.player.event === 7 && "
        "Math.min.apply(null, played) === 0"))
    case.equal("then it can be played again", browser.text(".map-play"), "play")
    case.set(".map-slider", 0, "input")
    case.want("the start is in the address too", browser.wait(
        "return location.hash.indexOf('/step=0') > 0"))
    case.open(page, "#map/step=6/chunk=area%3A1/site=large")
    case.want("a whole link", browser.text(".map-panel h4").startswith("chunk 1:"),
              browser.text(".map-panel h4"))
    case.equal("and its site", browser.js(
        "return document.querySelector('.map-place select:not(.map-player select)').value"),
        "large")
    browser.go("#map/step=1")
    case.rest(1)
    case.equal("another link of the same page", browser.js(
        "return lab.map_shown.panels[0].engine.nr_live"), 1)
    case.open(page, "#map/step=nonsense/chunk=area%3A77/site=nobody/map=9")
    case.equal("a link to what is not there", browser.js("return lab.map_shown.player.event"), 0)
    case.open(page, "#map")
    case.want("without an event: where most is alive", browser.js("""
        const engine = lab.map_shown.panels[0].engine;
        return Math.max(...engine.samples.map(sample => sample.live_bytes)) > 0 &&
            engine.samples.every(sample => sample.live_bytes <= engine.live_bytes)"""))
    case.look("#map")


def test_skewed(case):
    """Each CPU's copy lies a line further: a page more than those populated holds the last."""
    page = case.folder + "/skewed.html"
    case.lab_run("map", case.trace(), "--engine", "area", "--stride", "skewed", "-o", page)
    case.open(page, "#map/step=7")
    case.equal("bytes populated, as the allocator counts", case.browser.js(
        "return lab.map_shown.panels[0].engine.figures().backed_bytes"), case.browser.js(
            "return lab.map_shown.map.engines[0].end.populated_bytes"))


def test_damaged(case):
    """A stream that ends too early, or goes on behind its end, is named and not played."""
    case.lab_run("map", case.trace(), *SMALL, "--json", case.folder + "/map.json")
    with open(case.folder + "/map.json", encoding="utf-8") as file:
        whole = json.load(file)
    for what, stream in (("short", whole["engines"][0]["stream"][:-8]),
                         ("long", whole["engines"][0]["stream"].rstrip("=")[:-3] + "AAAAAAAA")):
        root = case.root("map-" + what)
        changed = json.loads(json.dumps(whole))
        changed["engines"][0]["stream"] = stream
        root.put("map.json", changed)
        case.browser.open(root.page(), "#map")
        case.want("a %s stream" % what, case.browser.wait(
            "return !!document.querySelector('.map-place .badge.bad')"))
        case.equal("nothing is drawn of it", len(case.browser.find(".map-panel")), 0)
    root = case.root("map-none")
    root.put("map.json", dict(whole, engines=[dict(whole["engines"][0], stream=7)]))
    case.browser.open(root.page(status=1), "#map")
    case.want("another shape is damaged", "map.json" in case.browser.text("#map"))
    case.want("and not missing", "there is no result" not in case.browser.text("#map"))


def test_topology(case):
    root = case.root("topology")
    out = root.folder + "/reports/out/"
    case.lab_run("layout", case.root_of_tree + "/corpus/topologies/xml-16amd64-8n2c-cpusets.topo",
                 "--variants", "--json", out + "layout.json")
    case.lab_run("doctor", case.trace(), "--topology", "synthetic:pu:8", "--cache", "64,4",
                 "--top", "2", "--json", out + "doctor.json")
    case.lab_run("sizes", case.trace(), "--json", out + "sizes.json")
    page, browser = root.page(), case.browser
    browser.open(page, "#topology/rule=first-member/stride=odd")
    browser.wait("return !!document.querySelector('.topo')")
    case.equal("all variants", len(case.rows(".topo-place figure:nth-of-type(1)")), 6)
    case.equal("six groups", len(browser.find(".topo-group")), 6)
    case.equal("none wasted by an odd stride", len(browser.find(".topo-unit.wasted")), 0)
    browser.js("""var all = document.querySelectorAll('.topo-place select'); all[1].value =
        'reference'; all[1].dispatchEvent(new Event('change'))""")
    case.equal("two wasted by the reference's", len(browser.find(".topo-unit.wasted")), 2)
    case.want("the link follows", "stride=reference" in browser.js("return location.hash"))
    case.equal("copies in one set, and apart", [row[4] for row in case.rows("#table-doctor")],
               [8, 8, 1])
    other = case.folder + "/other.json"
    case.lab_run("layout", "synthetic:numa:3 pu:1", "--variants", "--json", other)
    browser.find("#topology input[type=file]")[0].send_keys(other)
    case.want("another machine's file", browser.wait(
        "return document.querySelectorAll('.topo-group').length === 3"))
    for name, text in (("none.json", "{]"), ("wrong.json", '{"nodes": [], "variants": 7}'),
                       ("null.json", "null"), ("empty.json", '{"nodes": [], "variants": []}')):
        bad = case.folder + "/" + name
        with open(bad, "w", encoding="utf-8") as to:
            to.write(text)
        browser.find("#topology input[type=file]")[0].send_keys(bad)
        case.want(name + " is refused in words", browser.wait(
            "return document.querySelector('#topology [role=status]').textContent"
            ".indexOf('not shown ' + arguments[0]) === 0", name),
            browser.text("#topology [role=status]"))
        case.equal("what was shown stays", len(browser.find(".topo-group")), 3)
    case.look("#topology")
    browser.go("#sizes")
    case.equal("sizes by hand", [row[:2] for row in case.rows("#table-sizes-size")],
               [[8, 1], [16, 1], [100, 1], [30000, 1]])
    case.want("two charts that have something drawn", browser.wait("""
        return document.querySelectorAll('#sizes .dygraph-legend, #sizes canvas').length >= 4 &&
            Array.from(document.querySelectorAll('#sizes .chart')).every(c => c.dygraph)"""))
    case.look("#sizes")


TESTS = [test_small, test_skewed, test_damaged, test_counts, test_topology]


def main(lab, page_of, root_of_tree):
    with tempfile.TemporaryDirectory(prefix="pcpu-lab-map-") as folder:
        browser = Browser(folder + "/profile")
        case = Map(browser, folder, lab, page_of)
        case.root_of_tree = root_of_tree
        try:
            for test in TESTS:
                try:
                    test(case)
                    case.equal(test.__name__ + ": the console", browser.console(), [])
                except Exception:  # the other tests are still of use
                    case.want(test.__name__, False, traceback.format_exc())
        finally:
            browser.close()
    print("%d passed, %d failed, 0 skipped" % (case.passed, case.failed))
    return 1 if case.failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(os.path.abspath, sys.argv[1:4])))
