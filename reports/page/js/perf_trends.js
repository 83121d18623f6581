/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* perf_trends.js - series over revisions, one testbed at a time, with their change points. */
"use strict";
(function () {
	function unique(list) {
		var seen = {};

		return list.filter(function (item) {
			var is_new = !Object.prototype.hasOwnProperty.call(seen, item);

			seen[item] = true;
			return is_new;
		});
	}

	/* Groups of all machines: [{machine, history, group, name}], those with most runs first. */
	lab.testbeds = function (doc) {
		var beds = [];

		lab.history.machines(doc).forEach(function (machine) {
			machine.history.groups.forEach(function (group, i) {
				beds.push({machine: machine, history: machine.history, group: i,
					name: lab.history.group_name(group) + lab.on(doc, machine),
					runs: machine.history.runs.filter(function (run) {
						return run.group === i;
					}).length});
			});
		});
		return beds.sort(function (a, b) {
			return b.runs - a.runs;
		});
	};

	function run_label(history, place) {
		var run = history.runs[Math.round(place)];

		return run ? lab.history.title(history, run.revision) +
			(run.dirty ? " (changed files)" :
			"") + ", " + run.time.slice(0, 16).replace("T", " ") : "";
	}

	function chart_of(bed, all, workload, metric, link) {
		var history = bed.history, unit = all[0].unit;

		return lab.chart_table({
			caption: workload + ": " + metric + " over runs",
			x: {label: "runs, oldest first", format: function (x) {
				return x === Math.round(x) && history.runs[x] ?
					lab.history.short(history.runs[x].revision) : "";
			}},
			labels: function (x) {
				return run_label(history, x);
			},
			y: {label: metric + (unit && unit !== "1" ? ", " + unit : ""),
				format: function (y) {
				return lab.format.unit(y, unit);
			}},
			series: all.map(function (series) {
				return {name: series.engine === "-" ? "value" : series.engine,
					points: lab.history.points(history,
						series).map(function (point) {
						return point.low === null ?
							[point.run, point.value] :
							[point.run, point.low, point.value,
								point.high];
					})};
			}),
			annotations: [].concat.apply([], all.map(function (series) {
				return (series.changes || []).map(function (change) {
					return {x: change.run,
						series: series.engine === "-" ? "value" :
							series.engine,
						shortText: change.after > change.before ?
							"\u2191" : "\u2193",
						text: run_label(history, change.run) + ": " +
							lab.format.unit(change.before, unit) +
							" \u2192 " +
							lab.format.unit(change.after, unit),
						cssClass: "change", width: 18, height: 18};
				});
			})),
			onpick: function (x) {
				var run = history.runs[Math.round(x)];

				if (run)
					link.set("run", lab.history.short(run.revision));
			}
		});
	}

	function percent(change) {
		return change.before ? 100 * (change.after / change.before - 1) : null;
	}

	function compare_link(bed, change) {
		var revision = bed.history.runs[change.run].revision, before = null;

		bed.history.runs.forEach(function (run, place) {
			if (place < change.run && run.group === bed.group &&
				run.revision !== revision)
				before = run.revision;
		});
		return before === null ? "" : lab.el("a", {href: lab.link.make("performance", {
			compare: lab.history.short(before) + ".." + lab.history.short(revision),
			bed: bed.name})}, "what else changed");
	}

	function changes_of(bed, all, caption) {
		var rows = [];

		all.forEach(function (series) {
			(series.changes || []).forEach(function (change) {
				var revision = bed.history.runs[change.run].revision;

				rows.push([series.workload, series.engine, series.metric,
					lab.el("span", {},
						lab.history.commit(bed.history, revision), " ",
						(bed.history.commits || {})[revision] || ""),
					lab.format.unit(change.before, series.unit),
					lab.format.unit(change.after, series.unit),
					percent(change), compare_link(bed, change)]);
			});
		});
		if (!rows.length)
			return lab.el("p", {class: "soft"}, "No change point in these series.");
		return lab.table_make({caption: caption, stack: true, first: 12,
			columns: [{head: "workload"}, {head: "engine"}, {head: "metric"},
			{head: "commit"},
			{head: "before", number: true}, {head: "after", number: true},
			{head: "change", number: true, format: function (value) {
				return (value > 0 ? "+" : "") + lab.format.percent(value, 1);
			}}, {head: ""}], rows: rows});
	}

	function draw_bed(node, bed, link) {
		var all = bed.history.series.filter(function (series) {
			return series.group === bed.group;
		}), workloads = unique(all.map(function (series) {
			return series.workload;
		})), place = lab.el("div"), choices = lab.el("div", {class: "choices"});

		function metrics(workload) {
			return unique(all.filter(function (series) {
				return series.workload === workload;
			}).map(function (series) {
				return series.metric;
			}));
		}

		function draw() {
			var workload = workloads.indexOf(link.get("workload")) >= 0 ?
				link.get("workload") : workloads[0];
			var names = metrics(workload),
				metric = names.indexOf(link.get("metric")) >= 0 ?
				link.get("metric") : names.indexOf("instructions/op") >= 0 ?
				"instructions/op" : names[0];
			var shown = all.filter(function (series) {
				return series.workload === workload && series.metric === metric;
			});

			lab.add(lab.clear(choices), [
				lab.choice("workload", workloads, workload, function (value) {
					link.set("workload", value);
					draw();
				}), lab.choice("metric", names, metric, function (value) {
					link.set("metric", value);
					draw();
				})]);
			lab.add(lab.clear(place), [chart_of(bed, shown, workload, metric, link),
				changes_of(bed, shown, "Change points of these series"),
				changes_of(bed, all, "Every change point of this testbed")]);
		}

		lab.add(node, [choices, place]);
		draw();
	}

	lab.perf_trends = function (node, doc, link) {
		var beds = lab.testbeds(doc), place = lab.el("div");

		function draw() {
			var bed = beds.filter(function (one) {
				return one.name === link.get("bed");
			})[0] || beds[0];

			lab.clear(place);
			draw_bed(place, bed, link);
			if (bed.history.left_out)
				lab.add(place, [lab.el("p", {class: "soft"}, lab.format.group(
					bed.history.left_out) +
					" older points of measured series are left out, so that " +
					"the page stays small: ",
				lab.command("./lab history --export csv"), " has every one.")]);
		}

		if (!beds.length) {
			lab.add(node, [lab.el("p", {class: "soft"}, "There is no history yet: ",
				lab.command("./lab bench --gate --record"), " or ",
				lab.command("./lab bench --quick"), " begins one.")]);
			return;
		}
		lab.add(node, [lab.el("div", {class: "choices"}, lab.choice("testbed",
			beds.map(function (bed) {
				return [bed.name, bed.name + " (" + bed.runs + " runs)"];
			}), link.get("bed"), function (value) {
				link.set("bed", value);
				draw();
			})), lab.el("p", {class: "soft"},
				"Drag in the chart to zoom, with Shift to pan; a double click " +
				"shows the whole again. Arrows mark change points: any step of " +
				"an exact count, else where the Pettitt test splits the series " +
				"(p < 0.001, 3 %)."), place]);
		draw();
	};
}());
