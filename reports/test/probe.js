/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* probe.js - what browser.py asks a page: texts of too little contrast, and what sticks out. */
"use strict";
window.probe = (function () {
	function channel(v) {
		v /= 255;
		return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
	}

	function luminance(c) {
		return 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
	}

	function colour(text) {
		var parts = text.match(/[\d.]+/g).map(Number);

		return parts.length < 4 ? parts.concat(1) : parts;
	}

	function over(back, ink) {
		return back.map(function (b, i) {
			return b * (1 - ink[3]) + ink[i] * ink[3];
		});
	}

	/* The colour behind a node, see-through layers put together; each node's is kept. */
	function behind(node, kept) {
		var c, back;

		if (!node)
			return [255, 255, 255];
		back = kept.get(node);
		if (!back) {
			c = colour(getComputedStyle(node).backgroundColor);
			back = c[3] === 1 ? c.slice(0, 3) : over(behind(node.parentElement, kept),
				c);
			kept.set(node, back);
		}
		return back;
	}

	function has_text(node) {
		return Array.prototype.some.call(node.childNodes, function (child) {
			return child.nodeType === 3 && child.textContent.trim();
		});
	}

	function ratio_of(node, style, kept) {
		var back = behind(node, kept), a, b;

		a = luminance(over(back, colour(style.color)));
		b = luminance(back);
		return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	}

	/* WCAG's AA: 4.5, and 3 for large texts. One of a kind each. */
	function contrast() {
		var bad = {}, kept = new Map();

		document.querySelectorAll("body *").forEach(function (node) {
			var style, size, is_large, ratio;

			if (!has_text(node) || !node.getClientRects().length ||
				node.closest(".offscreen, .skip, script, style"))
				return;
			style = getComputedStyle(node);
			size = parseFloat(style.fontSize);
			is_large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
			ratio = ratio_of(node, style, kept);
			if (ratio < (is_large ? 3 : 4.5))
				bad[node.tagName + "." + node.className + " " + ratio.toFixed(2)] =
					node.textContent.trim().slice(0, 40);
		});
		return Object.keys(bad).map(function (key) {
			return key + ": " + bad[key];
		});
	}

	/* What is wider than the window and in nothing that scrolls. */
	function overflow() {
		var wide = document.documentElement.clientWidth, bad = [];

		if (document.documentElement.scrollWidth <= wide)
			return bad;
		document.querySelectorAll("body *").forEach(function (node) {
			var box = node.getBoundingClientRect();

			if (box.width && box.right > wide + 1 &&
				!node.closest(".scroll, .offscreen, pre, nav"))
				bad.push(node.tagName + "." + node.className + " ends at " +
					Math.round(box.right));
		});
		return bad.concat("the page: " + document.documentElement.scrollWidth + " of " +
			wide);
	}

	/* The tables, of those that a selector names, that have to be scrolled sideways. */
	function sideways(css) {
		return Array.prototype.filter.call(document.querySelectorAll(css), function (node) {
			return node.scrollWidth > node.clientWidth;
		}).map(function (node) {
			return node.getAttribute("aria-label") + ": " + node.scrollWidth + " of " +
				node.clientWidth;
		});
	}

	return {contrast: contrast, overflow: overflow, sideways: sideways};
}());
