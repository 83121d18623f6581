/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_sizes.js - what programs ask a percpu allocator for: charts above the tables of it. */
"use strict";
(function () {
	/* The share of requests, and of bytes, up to each size. */
	function cumulative(groups) {
		var requests = 0, bytes = 0, all = {requests: 0, bytes: 0};

		groups.forEach(function (group) {
			all.requests += group.requests;
			all.bytes += group.bytes;
		});
		return {requests: groups.map(function (group) {
			requests += group.requests;
			return [group.size, 100 * requests / all.requests];
		}), bytes: groups.map(function (group) {
			bytes += group.bytes;
			return [group.size, 100 * bytes / (all.bytes || 1)];
		})};
	}

	function percent(number) {
		return lab.format.percent(number, 1);
	}

	function sizes_chart(sizes) {
		var shares = cumulative(sizes);

		return lab.chart_table(
			{caption: "Share of requests, and of their bytes, up to a size",
			x: {label: "size, bytes", format: lab.format.short, log: true},
			y: {label: "share", format: percent, zero: true}, steps: true,
			series: [{name: "requests", points: shares.requests},
				{name: "bytes", points: shares.bytes}]});
	}

	/* Sizes whose requests are all kept have no lifetime. */
	function lives_chart(sizes) {
		function points(key) {
			return sizes.filter(function (group) {
				return group[key] !== undefined;
			}).map(function (group) {
				return [group.size, group[key]];
			});
		}

		return lab.chart_table({caption: "How long objects of a size live",
			x: {label: "size, bytes", format: lab.format.short, log: true},
			y: {label: "events", format: lab.format.short, log: true},
			series: [{name: "median", points: points("life_median"), points_only: true},
				{name: "90 % live at most", points: points("life_p90"),
					points_only: true},
				{name: "longest", points: points("life_max"), points_only: true}]});
	}

	function drawable(sizes) {
		return sizes.filter(function (group) {
			return group.size > 0;
		});
	}

	lab.tab({
		id: "sizes",
		name: "Sizes",
		draw: function (node, doc) {
			lab.results(doc, "sizes").forEach(function (item) {
				var sizes = drawable(item.result.sizes);

				lab.add(node, [lab.el("p", {}, "Recorded traces" +
					lab.on(doc, item.machine) +
					". Lifetimes are counted in events, from an object's " +
					"allocation to its free; kept are those that a trace " +
					"does not free.")]);
				if (sizes.length)
					lab.add(node, [sizes_chart(sizes), lives_chart(sizes)]);
			});
			lab.add(node, [lab.el("p", {}, "Of a trace of yours: ",
				lab.command("./lab sizes TRACE"), " shows the same; ",
				lab.command("./lab sizes TRACE --share FILE"),
				" writes sizes, alignments, order and site names, and nothing " +
				"else, for others to see.")]);
		}
	});
}());
