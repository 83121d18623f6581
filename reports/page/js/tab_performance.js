/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_performance.js - the views of the benchmarks, the traces, the forecast and the history. */
"use strict";
(function () {
	/* Each machine's part under its name, where there are several. */
	function each(node, doc, name, draw) {
		lab.results(doc, name).forEach(function (item) {
			if (doc.machines.length > 1)
				lab.add(node, [lab.el("h3", {}, item.machine.name)]);
			draw(item);
		});
	}

	/* "24683620 kB", as the kernel has it. */
	function fact_text(text) {
		var kib = /^(\d+) kB$/.exec(text);

		return kib ? lab.format.bytes(1024 * kib[1]) : text;
	}

	function context_put(node, context) {
		var facts = [["cpu_model", ""], ["cores", " cores"], ["memory", ""]];

		lab.add(node, [lab.el("p", {class: "soft"}, facts.filter(function (fact) {
			return context[fact[0]];
		}).map(function (fact) {
			return fact_text(context[fact[0]]) + fact[1];
		}).join(", ") + (context.load ? ", load " + context.load : "") +
			(context.governor ? ", governor " + context.governor : "") +
			(context.thp ? ", huge pages " + context.thp : "") + ". " +
			(context.placement ? "Placement: " + context.placement + ". " : "") +
			(context.run_to_run ? "Run to run: " + context.run_to_run + "." : "")),
			context.warning ? lab.el("p", {}, lab.badge("bad", context.warning)) :
			null]);
	}

	function draw_matrix(node, doc, link) {
		each(node, doc, "bench", function (item) {
			context_put(node, item.result.context);
			lab.perf_matrix(node, doc, item, link);
		});
		lab.table_place(node, "bench");
	}

	function draw_published(node, doc) {
		lab.add(node, [lab.el("p", {class: "soft"},
			"2^20 objects of one size. Published: 2017, machine not stated, the " +
			"worst of three orders of freeing. Ratios are of times for one object, " +
			"against the case's first engine.")]);
		if (!lab.table_place(node, "million"))
			lab.add(node, [lab.el("p", {class: "soft"}, "Not measured: ",
				lab.command("./lab bench million"), ".")]);
	}

	function forecast_chart(forecast, key, scale, caption, label, published) {
		var series = forecast.designs.map(function (design) {
			return {name: design.design, points: design.points.map(function (point) {
				return [point.cpus, point[key] * scale];
			})};
		});

		if (published)
			series.push({name: "published", points_only: true,
				points: forecast.published.map(function (figure) {
					return [figure.cpus, figure[key] * scale];
				})});
		return lab.chart_table({caption: caption, x: {label: "CPUs", log: true},
			y: {label: label, log: !published}, series: series});
	}

	function draw_forecast(node, doc) {
		each(node, doc, "forecast", function (item) {
			lab.add(node, [lab.el("p", {},
				"Exact counts of this build through a queueing model: what it " +
				"leaves out, ",
				lab.command("./lab bench --forecast"), " says."),
			forecast_chart(item.result, "calls_per_second", 1e-6,
				"Allocations and frees, nothing between them", "million a second",
				false),
			forecast_chart(item.result, "exec_share", 100,
				"The allocator's share of an exec; published: execl", "%", true)]);
		});
		lab.table_place(node, "forecast-points");
		lab.table_place(node, "forecast-published");
		if (!lab.table_place(node, "forecast-constants"))
			lab.add(node, [lab.el("p", {class: "soft"}, "Not made: ", lab.command(
				"./lab bench --forecast --json reports/out/forecast.json"), ".")]);
	}

	/* The newest value of each testbed, a column each. */
	function draw_testbeds(node, doc) {
		var beds = lab.testbeds(doc), rows = {}, order = [];

		beds.forEach(function (bed, column) {
			bed.history.series.forEach(function (series) {
				var key = [series.workload, series.engine,
					series.metric].join("\n"), points;

				if (series.group !== bed.group)
					return;
				if (!rows[key]) {
					rows[key] = {series: series, values: []};
					order.push(key);
				}
				points = lab.history.points(bed.history, series);
				rows[key].values[column] = points[points.length - 1].value;
			});
		});
		order = order.filter(function (key) {
			return rows[key].values.filter(function (value) {
				return value !== undefined;
			}).length > 1;
		});
		if (!order.length) {
			lab.add(node, [lab.el("p", {class: "soft"},
				"No two testbeds (host, compiler, flavour) have measured the " +
				"same yet.")]);
			return;
		}
		lab.add(node, [lab.table_make({id: "testbeds", stack: true,
			caption: "The newest values, a column a testbed",
			columns: [{head: "workload"}, {head: "engine"}, {head: "metric"}].concat(
				beds.map(function (bed) {
					return {head: bed.name, number: true};
				})), rows: order.map(function (key) {
				var row = rows[key];

				return [row.series.workload, row.series.engine,
					row.series.metric].concat(
					beds.map(function (bed, column) {
						var value = row.values[column];

						return value === undefined ? null :
							lab.el("td", {class: "n",
							"data-v": value}, lab.format.unit(value,
							row.series.unit));
					}));
			})})]);
	}

	function views_of(doc, link) {
		return [
			{id: "matrix", name: "Matrix", draw: function (node) {
				draw_matrix(node, doc, link);
			}}, {id: "trends", name: "Trends", draw: function (node) {
				lab.perf_trends(node, doc, link);
			}}, {id: "compare", name: "Compare revisions", draw: function (node) {
				lab.perf_compare(node, doc, link);
			}}, {id: "scale", name: "Scale", draw: function (node) {
				each(node, doc, "bench", function (item) {
					lab.perf_scale(node, doc, item, link);
				});
			}}, {id: "tail", name: "Tail", draw: function (node) {
				each(node, doc, "bench", function (item) {
					lab.perf_tail(node, doc, item);
				});
			}}, {id: "published", name: "Published", draw: function (node) {
				draw_published(node, doc);
			}}, {id: "testbeds", name: "Testbeds", draw: function (node) {
				draw_testbeds(node, doc);
			}}, {id: "traces", name: "Traces", draw: function (node) {
				lab.add(node, [lab.el("p", {class: "soft"},
					"Traces of a running kernel on the hosted platform. The " +
					"run hash covers where every object landed: it is the " +
					"same on every machine and platform.")]);
				lab.table_place(node, "replay");
			}}, {id: "forecast", name: "Forecast", draw: function (node) {
				draw_forecast(node, doc);
			}}];
	}

	function draw_all(node, doc, link) {
		if (link.get("compare") && !link.get("view"))
			link.values.view = "compare";
		lab.views(node, link, views_of(doc, link), "matrix");
	}

	lab.tab({
		id: "performance",
		name: "Performance",
		draw: draw_all
	});
}());
