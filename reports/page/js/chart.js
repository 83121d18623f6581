/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * chart.js - charts by dygraphs, each with its table: lab.chart_table() makes both of one array.
 *
 *	lab.chart_table({caption, x: {label, format, log, date}, y: {label, format, log},
 *		series: [{name, points: [[x, y]] or [[x, low, y, high]]}],
 *		steps, points_only, onpick(x), labels(x)})
 *	-> node; node.dygraph once it is in the page and drawn
 *
 * Series are told apart by colour (Okabe and Ito's, which colour-blind people can), by dashes and
 * by the legend, which hovering fills in.
 */
"use strict";
(function () {
	var light = ["#0072b2", "#b34700", "#00755a", "#a3457e", "#7a6400", "#2b6ea8", "#444444",
		"#7a1f00"];
	var dark = ["#56b4e9", "#e69f00", "#2fc79a", "#e59ac4", "#f0e442", "#9ecbf0", "#cccccc",
		"#ff9a70"];
	var dashes = [null, [7, 3], [2, 2], [9, 3, 2, 3]];
	var drawn = [];

	/* With the colours used up, each has another dash than the first time. */
	function dash_of(i) {
		return (i + Math.floor(i / light.length)) % dashes.length;
	}

	function is_dark() {
		return document.documentElement.getAttribute("data-theme") === "dark";
	}

	lab.colour = function (i) {
		return (is_dark() ? dark : light)[i % light.length];
	};

	lab.css = function (name) {
		return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	};

	/* All x of all series, each with every series' value: [x, [low, y, high] or y or null
	   ...]. */
	function rows_of(chart) {
		var at = {}, rows = [];

		chart.series.forEach(function (series, s) {
			series.points.forEach(function (point) {
				var x = point[0], row = at[x];

				if (!row) {
					row = at[x] = [x];
					chart.series.forEach(function () {
						row.push(null);
					});
					rows.push(row);
				}
				row[s + 1] = point.length === 4 ? [point[1], point[2], point[3]] :
					point[1];
			});
		});
		return rows.sort(function (a, b) {
			return a[0] - b[0];
		});
	}

	function has_bars(chart) {
		return chart.series.some(function (series) {
			return series.points.some(function (point) {
				return point.length === 4;
			});
		});
	}

	/* dygraphs wants one kind of value in all of a chart's series. */
	function data_of(chart, rows) {
		var bars = has_bars(chart);

		return rows.map(function (row) {
			return row.map(function (value, i) {
				if (i === 0)
					return chart.x.date ? new Date(value) : value;
				if (value === null)
					return bars ? [null, null, null] : null;
				return bars && !Array.isArray(value) ? [value, value, value] :
					value;
			});
		});
	}

	/* dygraphs takes what stands at an axis as HTML. */
	function escape(text) {
		return String(text).replace(/[&<>"']/g, function (char) {
			return "&#" + char.charCodeAt(0) + ";";
		});
	}

	function number_format(axis) {
		return axis.format || lab.format.short;
	}

	/* A button for each series, which takes it away and back; hovering fills in the values. */
	function legend_make(item) {
		var chart = item.chart;

		lab.clear(item.legend);
		item.at = lab.el("b");
		item.keys = chart.series.map(function (series, i) {
			var text = lab.el("span", {}, series.name), key;

			key = lab.el("button",
				{type: "button", class: "key", "aria-pressed": "true",
				onclick: function () {
					var shown = key.getAttribute("aria-pressed") !== "true";

					key.setAttribute("aria-pressed", shown);
					key.classList.toggle("off", !shown);
					item.node.dygraph.setVisibility(i, shown);
				}}, lab.el("i", {class: "dash" + dash_of(i),
				style: "border-top-color:" + colour_of(series, i)}), text);
			key.classList.toggle("points", !!series.points_only);
			return {key: key, text: text};
		});
		lab.add(item.legend, [item.at, item.keys.map(function (one) {
			return one.key;
		})]);
	}

	function colour_of(series, i) {
		return lab.colour(series.colour === undefined ? i : series.colour);
	}

	function legend_fill(item, data) {
		var chart = item.chart, by = {};

		data.series.forEach(function (series) {
			by[series.label] = series.y;
		});
		item.at.textContent = data.x === undefined ? "" :
			(chart.labels || number_format(chart.x))(data.x);
		item.keys.forEach(function (one, i) {
			var y = by[chart.series[i].name];

			one.text.textContent = chart.series[i].name + (data.x === undefined ||
				y === undefined || y === null || isNaN(y) ? "" :
				": " + number_format(chart.y)(y));
		});
	}

	function options_of(chart, item) {
		var grid = lab.css("--line"), options;

		options = {
			labels: ["x"].concat(chart.series.map(function (series) {
				return series.name;
			})),
			colors: chart.series.map(colour_of),
			series: {},
			customBars: has_bars(chart),
			drawPoints: true, pointSize: 2.5, highlightCircleSize: 5, strokeWidth: 1.8,
			stepPlot: !!chart.steps,
			connectSeparatedPoints: !chart.steps || !!chart.connect,
			gridLineColor: grid, axisLineColor: grid,
			axisLabelFontSize: 12,
			logscale: !!chart.y.log,
			includeZero: chart.y.zero === true,
			xlabel: null, ylabel: null,
			xRangePad: chart.x.log ? 0 : 12, /* a log of less than 0 is none */
			yRangePad: chart.annotations && chart.annotations.length ? 32 : 8,
			highlightSeriesOpts: null,
			legend: "always",
			legendFormatter: function (data) {
				legend_fill(item, data);
				return "";
			},
			axes: {
				x: {axisLabelFormatter: function (x) {
					return escape(number_format(chart.x)(x));
				}, logscale: !!chart.x.log, pixelsPerLabel: 70},
				y: {axisLabelFormatter: function (y) {
					return escape(number_format(chart.y)(y));
				}, axisLabelWidth: 74,
				labelsKMG2: chart.y.format === lab.format.bytes}
			},
			animatedZooms: false
		};
		chart.series.forEach(function (series, i) {
			options.series[series.name] = {strokePattern: dashes[dash_of(i)],
				drawPoints: !chart.steps || !!series.points_only,
				strokeWidth: series.points_only ? 0 : 1.8};
		});
		if (chart.onpick)
			options.pointClickCallback = function (event, point) {
				chart.onpick(point.xval, point.name);
			};
		return options;
	}

	function draw(item) {
		var chart = item.chart, rows = rows_of(chart), options = options_of(chart, item);

		legend_make(item);
		if (item.node.dygraph) {
			item.node.dygraph.destroy();
			lab.clear(item.plot);
		}
		item.node.dygraph = new Dygraph(item.plot, data_of(chart, rows), options);
		if (chart.annotations)
			item.node.dygraph.ready(function () {
				item.node.dygraph.setAnnotations(chart.annotations);
			});
	}

	/* A chart is drawn when its place has a width: its tab is shown. */
	function draw_if_shown(item) {
		if (!item.plot.clientWidth)
			return;
		if (item.is_stale)
			draw(item);
		else
			item.node.dygraph.resize();
		item.is_stale = false;
	}

	function draw_when_shown(item) {
		item.is_stale = true;
		drawn.push(item);
		new ResizeObserver(function () {
			draw_if_shown(item);
		}).observe(item.plot);
	}

	window.addEventListener("lab-theme", function () {
		drawn = drawn.filter(function (item) {
			return document.contains(item.node);
		});
		drawn.forEach(function (item) {
			item.is_stale = true;
			draw_if_shown(item);
		});
	});

	/* A link back from what was zoomed. */
	function zoom_button(item) {
		return lab.el("button", {type: "button", class: "small", onclick: function () {
			if (item.node.dygraph)
				item.node.dygraph.resetZoom();
		}}, "whole range");
	}

	lab.chart_table = function (chart) {
		var node = lab.el("div", {class: "chart"}), item = {chart: chart, node: node};

		node.lab_chart = chart;
		item.plot = lab.el("div", {class: "plot", role: "img",
			"aria-label": chart.caption +
			": a chart; its figures are in the table below it"});
		item.legend = lab.el("div", {class: "legend"});
		lab.add(node, [lab.el("h4", {}, chart.caption)]);
		if (window.Dygraph) {
			lab.add(node, [lab.el("div", {class: "axis soft"}, chart.y.label || ""),
				item.plot,
				lab.el("div", {class: "axis soft end"}, zoom_button(item), " ",
					chart.x.label || ""), item.legend]);
			draw_when_shown(item);
		}
		lab.add(node, [lab.table_of_chart(chart)]);
		return node;
	};

	lab.table_of_chart = function (chart) {
		var rows = [], bars = has_bars(chart), columns, y = number_format(chart.y);

		columns = [{head: "series"}, {head: chart.x.label || "x", number: true,
			format: chart.labels || number_format(chart.x)},
			{head: chart.y.label || "y", number: true, format: y}];
		if (bars)
			columns.push({head: "low", number: true, format: y},
				{head: "high", number: true, format: y});
		chart.series.forEach(function (series) {
			series.points.forEach(function (point) {
				rows.push(point.length === 4 ?
					[series.name, point[0], point[2], point[1], point[3]] :
					[series.name, point[0], point[1]].concat(bars ?
						[null, null] : []));
			});
		});
		return lab.table_make({caption: "The figures of: " + chart.caption, fold: true,
			columns: columns, rows: rows});
	};
}());
