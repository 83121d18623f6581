# SPDX-License-Identifier: BSD-2-Clause OR MIT
"""browser.py - a headless Chromium for the tests of pages."""
import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

with open(os.path.join(os.path.dirname(__file__), "probe.js"), encoding="utf-8") as file:
    PROBE = file.read()


class Browser:
    """One Chromium; pages are opened in it one after another."""

    def __init__(self, profile, javascript=True):
        options = Options()
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-extensions", "--no-first-run", "--hide-scrollbars",
                     "--disable-background-networking", "--force-device-scale-factor=1",
                     "--user-data-dir=" + profile):
            options.add_argument(word)
        if not javascript:
            options.add_experimental_option(
                "prefs", {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        os.environ.setdefault("SE_AVOID_STATS", "true")
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(20)
        self.size(1280)

    def size(self, width, height=900):
        """The window's inside, in CSS pixels."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def dark(self, is_dark):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]})

    def open(self, path, link=""):
        self.driver.get("about:blank")  # a change of the fragment alone loads nothing
        self.driver.get("file://" + os.path.abspath(path) + link)

    def go(self, link):
        """Another address of the same page, as typed."""
        self.js("location.hash = arguments[0]", link)
        self.wait("return location.hash === arguments[0]", link)
        self.js_async("setTimeout(arguments[arguments.length - 1], 0)")

    def js(self, text, *words):
        return self.driver.execute_script(text, *words)

    def js_async(self, text, *words):
        return self.driver.execute_async_script(text, *words)

    def wait(self, text, *words):
        """Until the script returns what is true: at most 10 s. Returns that."""
        return self.driver.execute_async_script("""
            var words = Array.prototype.slice.call(arguments), done = words.pop();
            var from = Date.now(), text = words.shift(), f = new Function(text);
            (function look() {
                var value = f.apply(null, words);
                if (value || Date.now() - from > 10000) done(value); else setTimeout(look, 15);
            }());""", text, *words)

    def mouse(self, kind, x, y, buttons=0):
        """mouseMoved, mousePressed, mouseReleased at a place of the window."""
        self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
            "type": kind, "x": x, "y": y, "clickCount": 1, "buttons": buttons,
            "button": "left" if kind != "mouseMoved" or buttons else "none"})

    def media(self, name):
        """"print", or "" for the screen."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": name, "features": []})

    def find(self, css):
        return self.driver.find_elements("css selector", css)

    def text(self, css):
        return self.js("var n = document.querySelector(arguments[0]);"
                       "return n && n.textContent", css)

    def console(self):
        """What the page complained of since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def contrast(self):
        return self.js(PROBE + "return probe.contrast()")

    def overflow(self):
        return self.js(PROBE + "return probe.overflow()")

    def sideways(self, css):
        return self.js(PROBE + "return probe.sideways(arguments[0])", css)

    def screenshot(self, path, whole=True):
        """The page as an image, down to its end (at most 6000 pixels)."""
        import base64
        box = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        size = box["cssContentSize"] if whole else box["cssVisualViewport"]
        clip = {"x": 0, "y": 0, "scale": 1,
                "width": size.get("width", size.get("clientWidth")),
                "height": min(6000, size.get("height", size.get("clientHeight")))}
        image = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": whole, "clip": clip})
        with open(path, "wb") as to:
            to.write(base64.b64decode(image["data"]))

    def close(self):
        self.driver.quit()
