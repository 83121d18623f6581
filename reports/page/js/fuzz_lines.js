/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_lines.js - coverage of a file down to its lines. */
"use strict";
(function () {
	function looks(count, missing) {
		return count === null || count === undefined ? "" : count === 0 ? "never" :
			missing ? "partly" : "ran";
	}

	function places_of(coverage, name) {
		var places = {};

		coverage.unreached.forEach(function (place) {
			var line;

			if (place.file !== name)
				return;
			for (line = place.line; line <= Math.max(place.line, place.to_line); line++)
				(places[line] = places[line] || []).push(place);
		});
		return places;
	}

	function reason(places) {
		return places ? places.map(function (place) {
			return (place.missing === "runs" ? "did not run" : "never " +
				place.missing) +
				(place.reason ? ": " + place.reason : ": no reason is given");
		}).filter(function (text, i, all) {
			return all.indexOf(text) === i;
		}).join("; ") : "";
	}

	function lines_table(coverage, file) {
		var places = places_of(coverage, file.file),
			texts = (file.source || "").split("\n");
		var body = lab.el("tbody"), nr = file.source ? texts.length - 1 :
			file.counts.length, i;

		for (i = 1; i <= nr; i++) {
			if (!file.source &&
				(file.counts[i - 1] === null || file.counts[i - 1] === undefined))
				continue;
			body.appendChild(lab.el("tr", {class: looks(file.counts[i - 1], places[i])},
				lab.el("td", {class: "n soft"}, i),
				lab.el("td", {class: "n"}, file.counts[i - 1] === null ||
					file.counts[i - 1] === undefined ? "" :
					lab.format.group(file.counts[i - 1])),
				lab.el("td", {class: "source"}, texts[i - 1] || ""),
				lab.el("td", {class: "why"}, reason(places[i]))));
		}
		return lab.el("div", {class: "scroll lines", tabindex: 0, role: "region",
			"aria-label": "the lines of " + file.file},
			lab.el("table", {}, lab.el("thead", {}, lab.el("tr", {},
				["line", "ran", "text",
					"what is missing, and why"].map(function (head, k) {
					return lab.el("th",
						{scope: "col", class: k < 2 ? "n" : null}, head);
				}))), body));
	}

	lab.fuzz_lines = function (node, item, link) {
		var coverage = item.result, place = lab.el("div");
		var files = coverage.files.filter(function (file) {
			return file.counts;
		});

		function draw() {
			var file = files.filter(function (one) {
				return one.file === link.get("file");
			})[0];

			lab.clear(place);
			if (!file)
				return;
			if (!file.source)
				lab.add(place, [lab.el("p", {class: "soft"}, "The text of " +
					file.file +
					" is not shown: it has changed since it was measured.")]);
			lab.add(place, [lines_table(coverage, file)]);
		}

		if (!files.length) {
			lab.add(node, [lab.el("p", {class: "soft"},
				"Lines: coverage.lcov is not beside the " +
				"results; ", lab.command("./lab coverage"), " makes it.")]);
			return;
		}
		lab.add(node, [lab.el("div", {class: "choices"}, lab.choice("lines of",
			[["", "choose a file"]].concat(files.map(function (file) {
				return [file.file, file.file +
					(file.lines.percent === undefined ? "" :
					" (" + file.lines.percent.toFixed(1) + " %)")];
			})), link.get("file"), function (value) {
				link.set("file", value);
				draw();
			})), place]);
		draw();
	};
}());
