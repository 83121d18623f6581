/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_fuzzing.js - what fuzzers reached over time, the zoo, coverage, crashes. */
"use strict";
(function () {
	function title(node, doc, item) {
		if (doc.machines.length > 1)
			lab.add(node, [lab.el("h3", {}, item.machine.name)]);
	}

	/* --- the last run, and over time ------------------------------------------------------- */

	function draw_run(node, doc) {
		lab.results(doc, "fuzz").forEach(function (item) {
			var nr = item.result.crashes.length;

			title(node, doc, item);
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
						return point[1] !== null && (!figure[3] || point[1] > 0);
					})};
			}).filter(function (one) {
				return one.points.length;
			})});
	}

	function draw_time(node, doc) {
		var all = lab.results(doc, "fuzz_series");

		all.forEach(function (item) {
			var result = item.result;

			title(node, doc, item);
			lab.add(node, [lab.el("p", {class: "soft"}, "Over " + result.runs + (result.runs === 1 ?
				" run" : " runs") + " on this host" + (result.host && result.host.cpu ?
				" (" + result.host.cpu + ")" : "") + "; edges of two engines are counted " +
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

	/* --- the zoo --------------------------------------------------------------------------- */

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
			series.push({name: engine, colour: i, points: curve.steps.map(function (step) {
				return [step[0], 100 * step[1]];
			})});
			if (curve.censored.length)
				series.push({name: engine + ", given up", colour: i, points_only: true,
					points: curve.censored.map(function (step) {
						return [step[0], 100 * step[1]];
					})});
		});
		if (!series.length)
			return lab.el("p", {class: "soft"}, "This result has no single hunts, from which " +
				"curves are drawn: ", lab.command("./lab zoo --engine both"), " writes them now.");
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

			return [lab.badge(found === rows.length ? "good" : "bad", engine + ": " + found +
				" of " + rows.length), " "];
		});
	}

	function draw_zoo(node, doc) {
		lab.results(doc, "zoo").forEach(function (item) {
			title(node, doc, item);
			lab.add(node, [lab.el("p", {}, sum_badges(item.result), "found by most seeds from an " +
				"empty corpus within " + item.result.time_limit_seconds +
				" s on one core; CPU time of the engine with its start-up."),
			lab.el("p", {class: "soft"}, "Kaplan-Meier: a hunt that its limit ended is given up " +
				"(a dot), not counted as a find."), survival_chart(item.result)]);
		});
		lab.table_place(node, "zoo");
		lab.table_place(node, "zoo-others");
	}

	/* --- who finds what -------------------------------------------------------------------- */

	var columns = ["walker", "model", "unit", "inductive", "corpus", "fuzzing", "schedules", "boot"];

	function sums_table(matrix) {
		return lab.table_make({id: "matrix-sums", caption: "What each finds, and what it alone finds",
			columns: [{head: "by"}, {head: "finds", number: true}, {head: "of those run",
				number: true}, {head: "found by nothing else", number: true},
				{head: "which"}],
			rows: columns.map(function (column) {
				var run = matrix.defects.filter(function (defect) {
					return defect.found[column] !== null;
				}), alone = matrix.defects.filter(function (defect) {
					return defect.alone === column;
				});

				return [column === "unit" ? "unit test" : column, run.filter(function (defect) {
					return defect.found[column];
				}).length, run.length, alone.length, alone.map(function (defect) {
					return defect.defect;
				}).join(", ")];
			})});
	}

	function mark_defect(node, name) {
		var found = null;

		Array.prototype.forEach.call(node.querySelectorAll("#table-matrix tbody tr, " +
			"#table-zoo tbody tr"), function (row) {
			var is = Array.prototype.some.call(row.cells, function (cell) {
				return cell.textContent === name;
			});

			row.classList.toggle("marked", is && name !== "");
			if (is && name && !found)
				found = row;
		});
		if (found) {
			found.classList.remove("beyond");
			found.scrollIntoView({block: "center"});
		}
	}

	function draw_matrix(node, doc, link) {
		lab.results(doc, "matrix").forEach(function (item) {
			title(node, doc, item);
			lab.add(node, [sums_table(item.result)]);
		});
		if (lab.table_place(node, "matrix")) {
			node.querySelector("#table-matrix").addEventListener("click", function (event) {
				var row = event.target.closest("tbody tr"), cells, name;

				if (!row)
					return;
				cells = Array.prototype.map.call(row.cells, function (cell) {
					return cell.textContent;
				});
				name = cells[doc.machines.length > 1 ? 1 : 0];
				link.set("defect", name);
				mark_defect(node, name);
			});
		}
	}

	/* --- coverage, crashes ----------------------------------------------------------------- */

	/* The name of a file leads to its lines. */
	function link_files(figure, doc) {
		Array.prototype.forEach.call(figure.querySelectorAll("tbody tr"), function (row) {
			var cell = row.cells[doc.machines.length > 1 ? 1 : 0], name = cell.textContent;

			lab.add(lab.clear(cell), [lab.el("a", {href: lab.link.make("fuzzing",
				{view: "coverage", file: name})}, name)]);
		});
	}

	function draw_coverage(node, doc, link) {
		lab.results(doc, "coverage").forEach(function (item) {
			var coverage = item.result, demanded = coverage.demanded;

			title(node, doc, item);
			if (demanded)
				lab.add(node, [lab.el("p", {}, lab.badge(coverage.holds ? "good" : "bad",
					coverage.holds ? "reaches what is demanded" : "too little"),
				" of what has no reason to be unreached: " + demanded.lines +
					" % of the lines, " + demanded.branches + " % of the branches")]);
			lab.add(node, [lab.el("p", {class: "soft"}, "The sources with counts: ", lab.el("code", {},
				coverage.html), "; lcov: ", lab.el("code", {}, coverage.lcov))]);
			lab.fuzz_lines(node, item, link);
		});
		lab.table_place(node, "coverage-sum");
		if (lab.table_place(node, "coverage"))
			link_files(node.querySelector("#table-coverage"), doc);
		lab.table_place(node, "unreached");
	}

	function drawing(caption, lines) {
		return lines.length ? [lab.el("h4", {}, caption), lab.el("pre", {}, lines.join("\n"))] : null;
	}

	function draw_crashes(node, doc) {
		var all = lab.results(doc, "crashes");

		all.forEach(function (item) {
			title(node, doc, item);
			if (!item.result.groups.length)
				lab.add(node, [lab.el("p", {}, lab.badge("good", "no input breaks anything"))]);
		});
		lab.table_place(node, "crash-groups");
		all.forEach(function (item) {
			item.result.groups.forEach(function (group, i) {
				lab.add(node, [lab.el("details", {open: i < 3}, lab.el("summary", {}, group.target + ": " +
					group.words), lab.el("p", {}, lab.command("./lab crash " + group.file)),
				drawing("The operations", group.story),
				drawing("The chunks before", group.before),
				drawing("and after", group.after),
				group.test ? drawing("As a test in C, " + group.test_file,
					group.test.split("\n")) :
					lab.el("p", {}, "As a test in C: ", lab.command(
						"./lab crash --as-test " + group.file)))]);
			});
		});
		if (!all.length)
			lab.add(node, [lab.el("p", {class: "soft"}, "No crash was described: ", lab.command(
				"./lab crash --json=reports/out/crashes.json reports/out/crashes"), " does.")]);
	}

	function views_of(doc, link) {
		return [
			{id: "run", name: "Last run", draw: function (node) {
				draw_run(node, doc);
			}}, {id: "time", name: "Over time", draw: function (node) {
				draw_time(node, doc);
			}}, {id: "zoo", name: "Zoo", draw: function (node) {
				draw_zoo(node, doc);
				mark_defect(node, link.get("defect"));
			}}, {id: "matrix", name: "Who finds what", draw: function (node) {
				draw_matrix(node, doc, link);
				mark_defect(node, link.get("defect"));
			}}, {id: "coverage", name: "Coverage", draw: function (node) {
				draw_coverage(node, doc, link);
			}}, {id: "crashes", name: "Crashes", draw: function (node) {
				draw_crashes(node, doc);
			}}];
	}

	lab.tab({
		id: "fuzzing",
		name: "Fuzzing",
		draw: function (node, doc, link) {
			if (link.get("defect") && !link.get("view"))
				link.values.view = lab.results(doc, "matrix").length ? "matrix" : "zoo";
			if (link.get("file") && !link.get("view"))
				link.values.view = "coverage";
			lab.views(node, link, views_of(doc, link), "run");
		}
	});
}());
