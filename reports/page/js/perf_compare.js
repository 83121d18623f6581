/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* perf_compare.js - any two revisions of a testbed: what got slower, by how much. */
"use strict";
(function () {
	var looks = {worse: "bad", better: "good", same: "plain", unsure: "plain"};
	var kinds = [["", "all"], ["instructions", "instructions"], ["lines", "lines"],
		["time", "time"], ["memory", "memory"], ["count", "other counts"]];

	lab.compare_kind = function (series) {
		return /instruction/.test(series.metric) ? "instructions" :
			/line/.test(series.metric) ? "lines" :
			series.kind === "ratio" ? "count" : series.kind;
	};

	lab.compare_table = function (rows, caption, id, first) {
		return lab.table_make({id: id, caption: caption, stack: true, first: first,
			columns: [{head: "workload"},
			{head: "engine"}, {head: "metric"}, {head: "before", number: true},
			{head: "after", number: true}, {head: "change", number: true,
				format: function (value) {
					return value === Infinity ? "from 0" :
						(value > 0 ? "+" : "") +
						lab.format.percent(value, Math.abs(value) < 10 ? 2 :
							1);
				}}, {head: "verdict"}],
			rows: rows.map(function (row) {
				return [row.series.workload, row.series.engine, row.series.metric,
					lab.format.unit(row.before.value, row.series.unit),
					lab.format.unit(row.after.value, row.series.unit),
					row.percent,
					lab.badge(looks[row.verdict], row.verdict)];
			})});
	};

	/* Worst first. */
	lab.compare_sort = function (rows) {
		var order = {worse: 0, better: 1, unsure: 2, same: 3};

		return rows.sort(function (a, b) {
			return order[a.verdict] - order[b.verdict] ||
				Math.abs(b.percent) - Math.abs(a.percent);
		});
	};

	function sums(rows) {
		var nr = {worse: 0, better: 0, same: 0, unsure: 0};

		rows.forEach(function (row) {
			nr[row.verdict]++;
		});
		return lab.el("p", {}, lab.badge(nr.worse ? "bad" : "good", nr.worse + " worse"),
			" ",
			lab.badge("plain", nr.better + " better"), " ",
			lab.badge("plain", nr.same + " the same"), " ",
			nr.unsure ? lab.badge("plain", nr.unsure + " unsure: too few repetitions") :
			"");
	}

	function title_options(bed, revisions) {
		return revisions.map(function (one) {
			return [one.revision, lab.history.title(bed.history, one.revision)];
		});
	}

	function draw_bed(node, bed, link) {
		var revisions = lab.history.revisions(bed.history, bed.group),
			place = lab.el("div");
		var words = link.get("compare").split(".."), from, to;

		function find(text, otherwise) {
			return lab.history.find_revision(bed.history, text, bed.group) || otherwise;
		}

		function draw() {
			var kind = link.get("kind"), rows;

			rows = lab.compare_sort(lab.history.compare(bed.history, from, to,
				bed.group)
				.filter(function (row) {
					return !kind || lab.compare_kind(row.series) === kind;
				}));
			lab.clear(place);
			if (!rows.length)
				lab.add(place, [lab.el("p", {class: "soft"},
					"Nothing of this kind was measured at both.")]);
			else
				lab.add(place, [sums(rows), lab.compare_table(rows,
					lab.history.title(bed.history, from.revision) + " \u2192 " +
					lab.history.title(bed.history, to.revision), "compare")]);
		}

		function set() {
			link.set("compare", lab.history.short(from.revision) + ".." +
				lab.history.short(to.revision));
			draw();
		}

		if (revisions.length < 2) {
			lab.add(node, [lab.el("p", {class: "soft"},
				"There is one revision of this testbed " +
				"only: ", lab.command("./lab bench --gate --record"),
				" adds this one.")]);
			return;
		}
		to = find(words[1], revisions[0]);
		from = find(words[0], revisions[revisions[0] === to ? 1 : 0]);
		lab.add(node, [lab.el("div", {class: "choices"},
			lab.choice("before", title_options(bed, revisions), from.revision,
				function (value) {
					from = find(value, from);
					set();
				}),
			lab.choice("after", title_options(bed, revisions), to.revision,
				function (value) {
				to = find(value, to);
				set();
			}), lab.choice("of", kinds, link.get("kind"), function (value) {
				link.set("kind", value);
				draw();
			})), place]);
		draw();
	}

	lab.perf_compare = function (node, doc, link) {
		var beds = lab.testbeds(doc), place = lab.el("div");

		function draw() {
			var bed = beds.filter(function (one) {
				return one.name === link.get("bed");
			})[0] || beds[0];

			lab.clear(place);
			draw_bed(place, bed, link);
		}

		if (!beds.length) {
			lab.add(node, [lab.el("p", {class: "soft"}, "There is no history yet.")]);
			return;
		}
		lab.add(node, [lab.el("div", {class: "choices"}, lab.choice("testbed",
			beds.map(function (bed) {
				return [bed.name, bed.name + " (" + bed.runs + " runs)"];
			}), link.get("bed"), function (value) {
				link.set("bed", value);
				link.set("compare", "");
				draw();
			})), lab.el("p", {class: "soft"},
				"A count is worse from half a percent on; a time from 3 % on " +
				"where both intervals are apart (six repetitions give one)."),
			place]);
		draw();
	};
}());
