/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_zoo.js - lab.fuzz_zoo(node, doc): which planted defects engines and corpus reach, trigger
   and detect, and how soon. */
"use strict";
(function () {
	/* All hunts of an engine; of results without single hunts, what medians say of them. */
	function hunts_of(zoo, engine) {
		var hunts = [];

		zoo.rows.forEach(function (row) {
			if (row.engine !== engine)
				return;
			(row.hunts || []).forEach(function (hunt) {
				hunts.push({seconds: hunt.cpu_seconds, found: hunt.found});
			});
		});
		return hunts;
	}

	function engines_of(zoo) {
		return zoo.rows.map(function (row) {
			return row.engine;
		}).filter(function (engine, i, all) {
			return all.indexOf(engine) === i;
		});
	}

	function survival_chart(zoo) {
		var series = [];

		engines_of(zoo).forEach(function (engine, i) {
			var hunts = hunts_of(zoo, engine), curve = lab.survival(hunts);

			if (!hunts.length)
				return;
			series.push({name: engine, colour: i,
				points: curve.steps.map(function (step) {
				return [step[0], 100 * step[1]];
			})});
			if (curve.censored.length)
				series.push({name: engine + ", given up", colour: i,
					points_only: true,
					points: curve.censored.map(function (step) {
						return [step[0], 100 * step[1]];
					})});
		});
		if (!series.length)
			return lab.el("p", {class: "soft"},
				"This result has no single hunts, from which curves are " +
				"drawn: ", lab.command("./lab zoo --engine both"),
				" writes them now.");
		return lab.chart_table({caption: "Hunts that have not found their defect yet",
			steps: true, connect: true,
			x: {label: "CPU time of a hunt", log: true, format: function (x) {
				return lab.format.time(x, "s");
			}}, y: {label: "% of all hunts", zero: true}, series: series});
	}

	function sum_badges(zoo) {
		return engines_of(zoo).map(function (engine) {
			var rows = zoo.rows.filter(function (row) {
				return row.engine === engine;
			}), found = rows.filter(function (row) {
				return row.cpu_seconds !== null;
			}).length;

			return [lab.badge(found === rows.length ? "good" : "bad", engine + ": " +
				found +
				" of " + rows.length), " "];
		});
	}

	/* --- reached, triggered, detected ------------------------------------------------- */

	/* Of each defect, how often it was reached, triggered and detected, by an engine's hunts or
	   by the inputs of corpus/. Results of older programs have no such counts. */
	function reach_of(zoo, matrix) {
		var all = zoo ? engines_of(zoo).map(function (engine) {
			return {by: engine + ", from an empty corpus",
				defects: zoo.rows.filter(function (row) {
				return row.engine === engine && row.reached !== undefined;
			}).map(function (row) {
				return {name: row.defect, reached: row.reached,
					triggered: row.triggered,
					detected: row.found};
			})};
		}) : [];

		if (matrix)
			all.push({by: "the committed corpus",
				defects: matrix.defects.filter(function (defect) {
				return defect.inputs;
			}).map(function (defect) {
				return {name: defect.defect, reached: defect.inputs.reached,
					triggered: defect.inputs.triggered,
					detected: defect.inputs.detected};
			})});
		return all.filter(function (one) {
			return one.defects.length;
		});
	}

	function reach_row(one) {
		function those(key) {
			return one.defects.filter(function (defect) {
				return defect[key] > 0;
			});
		}

		return [one.by, one.defects.length, those("reached").length,
			those("triggered").length,
			those("detected").length, those("triggered").filter(function (defect) {
				return !defect.detected;
			}).map(function (defect) {
				return defect.name;
			}).join(", ")];
	}

	function reach_put(node, doc, machine) {
		var all = reach_of(machine.results.zoo, machine.results.matrix);

		if (!all.length)
			return;
		lab.machine_title(node, doc, machine);
		lab.add(node, [lab.table_make({id: "zoo-reach-sums" +
			(doc.machines.length > 1 ? "-" + machine.name : ""),
			caption: "Planted defects that are reached, triggered and detected",
			columns: [{head: "by"}, {head: "defects", number: true},
				{head: "reached", number: true}, {head: "triggered", number: true},
				{head: "detected", number: true},
				{head: "triggered, seen by nothing"}],
			rows: all.map(reach_row)}),
		lab.el("p", {class: "soft"},
			"Magma's words. Reached: the place that the defect changes was executed. " +
			"Triggered: what that run did (its hash, its number of operations) " +
			"differs from a run without the defect on the same input; a wrong state " +
			"that leads to nothing within the run does not count. Detected: " +
			"something complained. Of a hunt that found nothing, the inputs that the " +
			"engine kept are counted.")]);
	}

	lab.fuzz_zoo = function (node, doc) {
		lab.results(doc, "zoo").forEach(function (item) {
			lab.machine_title(node, doc, item.machine);
			lab.add(node, [lab.el("p", {}, sum_badges(item.result),
				"found by most seeds from an empty corpus " +
				"within " + item.result.time_limit_seconds +
				" s on one core; CPU time of the engine with its start-up."),
			lab.el("p", {class: "soft"},
				"Kaplan-Meier: a hunt that its limit ended is given up (a dot), " +
				"not counted as a find."), survival_chart(item.result)]);
		});
		doc.machines.forEach(function (machine) {
			reach_put(node, doc, machine);
		});
		lab.table_place(node, "zoo");
		lab.table_place(node, "zoo-inputs");
		lab.table_place(node, "zoo-others");
	};
}());
