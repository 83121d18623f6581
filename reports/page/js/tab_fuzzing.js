/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_fuzzing.js - the tab, and what fuzzers and the corpus reached. */
"use strict";
(function () {
	/* --- the last run, and over time -------------------------------------------------- */

	function draw_run(node, doc) {
		lab.results(doc, "fuzz").forEach(function (item) {
			var nr = item.result.crashes.length;

			lab.machine_title(node, doc, item.machine);
			lab.add(node, [lab.el("p", {}, lab.badge(nr ? "bad" : "good", nr ?
				"inputs that break something" : "nothing broke"), " in this run")]);
		});
		lab.table_place(node, "crashes");
		lab.table_place(node, "fuzz-runs");
	}

	var figures = [["rate", "Executions a second", "executions / s", true],
		["edges", "Edges reached", "edges", false],
		["corpus", "Inputs in the corpus", "inputs", false]];

	function time_chart(series, figure) {
		return lab.chart_table({caption: figure[1], y: {label: figure[2], log: figure[3]},
			x: {label: "time spent on the target, over all runs", format: function (x) {
				return lab.format.time(x, "s");
			}},
			series: series.map(function (one) {
				return {name: one.target + " " + one.engine,
					points: one.seconds.map(function (seconds, i) {
						return [seconds, one[figure[0]][i]];
					}).filter(function (point) {
						return point[1] !== null &&
							(!figure[3] || point[1] > 0);
					})};
			}).filter(function (one) {
				return one.points.length;
			})});
	}

	function draw_time(node, doc) {
		var all = lab.results(doc, "fuzz_series");

		all.forEach(function (item) {
			var result = item.result;

			lab.machine_title(node, doc, item.machine);
			lab.add(node, [lab.el("p", {class: "soft"}, "Over " + result.runs +
				(result.runs === 1 ?
				" run" : " runs") + " on this host" +
				(result.host && result.host.cpu ?
				" (" + result.host.cpu + ")" : "") +
				"; edges of two engines are counted " +
				"differently." + (result.other_runs ? " " + result.other_runs +
				" runs on other hosts are not drawn." : "")),
			figures.map(function (figure) {
				return time_chart(result.series, figure);
			})]);
		});
		if (!all.length)
			lab.add(node, [lab.el("p", {class: "soft"}, "Nothing was fuzzed here yet: ",
				lab.command("./lab fuzz all --time 60"), ".")]);
	}

	/* --- coverage --------------------------------------------------------------------- */

	/* The name of a file leads to its lines. */
	function link_files(figure, doc) {
		Array.prototype.forEach.call(figure.querySelectorAll("tbody tr"), function (row) {
			var cell = row.cells[doc.machines.length > 1 ? 1 : 0],
				name = cell.textContent;

			lab.add(lab.clear(cell), [lab.el("a", {href: lab.link.make("fuzzing",
				{view: "coverage", file: name})}, name)]);
		});
	}

	function draw_coverage(node, doc, link) {
		lab.results(doc, "coverage").forEach(function (item) {
			var coverage = item.result, demanded = coverage.demanded;

			lab.machine_title(node, doc, item.machine);
			if (demanded)
				lab.add(node, [lab.el("p", {},
					lab.badge(coverage.holds ? "good" : "bad",
					coverage.holds ? "reaches what is demanded" : "too little"),
				" of what has no reason to be unreached: " + demanded.lines +
					" % of the lines, " + demanded.branches +
					" % of the branches")]);
			lab.add(node, [lab.el("p", {class: "soft"}, "The sources with counts: ",
				lab.el("code", {},
				coverage.html), "; lcov: ", lab.el("code", {}, coverage.lcov))]);
			lab.fuzz_lines(node, item, link);
		});
		lab.table_place(node, "coverage-sum");
		if (lab.table_place(node, "coverage"))
			link_files(node.querySelector("#table-coverage"), doc);
		lab.table_place(node, "unreached");
	}

	function views_of(doc, link) {
		return [
			{id: "run", name: "Last run", draw: function (node) {
				draw_run(node, doc);
			}}, {id: "time", name: "Over time", draw: function (node) {
				draw_time(node, doc);
			}}, {id: "zoo", name: "Zoo", draw: function (node) {
				lab.fuzz_zoo(node, doc);
				lab.fuzz_mark(node, link.get("defect"));
			}}, {id: "matrix", name: "Who finds what", draw: function (node) {
				lab.fuzz_matrix(node, doc, link);
				lab.fuzz_mark(node, link.get("defect"));
			}}, {id: "coverage", name: "Coverage", draw: function (node) {
				draw_coverage(node, doc, link);
			}}, {id: "crashes", name: "Crashes", draw: function (node) {
				lab.fuzz_crashes(node, doc);
			}}];
	}

	lab.tab({
		id: "fuzzing",
		name: "Fuzzing",
		draw: function (node, doc, link) {
			if (link.get("defect") && !link.get("view"))
				link.values.view = lab.results(doc, "matrix").length ? "matrix" :
					"zoo";
			if (link.get("file") && !link.get("view"))
				link.values.view = "coverage";
			lab.views(node, link, views_of(doc, link), "run");
		}
	});
}());
