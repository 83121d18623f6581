/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* perf_scale.js - cost against scale, with fitted slopes; the tail of latencies. */
"use strict";
(function () {
	/* What grows, by the words of a case: cpus:8, objects:4096, 64B ... */
	function dimensions(name) {
		return name.split("/").map(function (word, i) {
			var pair = /^([a-z_]+):(\d+)$/.exec(word), size = /^(\d+)B$/.exec(word);

			return pair ? {key: pair[1], x: Number(pair[2]), i: i} :
				size ? {key: "bytes", x: Number(size[1]), i: i} : null;
		}).filter(Boolean);
	}

	/* Cases that are alike but for one number: {key: {rest: {engine: [[x, y]]}}}. */
	function growths(rows, value) {
		var all = {};

		rows.forEach(function (row) {
			var y = row.state === "ok" ? value(row) : undefined;

			if (!(y > 0))
				return;
			dimensions(row["case"]).forEach(function (dimension) {
				var rest = row["case"].split("/"), by;

				rest[dimension.i] = dimension.key === "bytes" ? "*B" :
					dimension.key + ":*";
				rest = rest.join("/");
				by = all[dimension.key] = all[dimension.key] || {};
				by = by[rest] = by[rest] || {};
				by = by[row.engine] = by[row.engine] || [];
				by.push([dimension.x, y]);
			});
		});
		return all;
	}

	function has_two(points) {
		return points.some(function (point) {
			return point[0] !== points[0][0];
		});
	}

	function sorted(points) {
		return points.slice().sort(function (a, b) {
			return a[0] - b[0];
		});
	}

	/* [{key, rest, engine, points, fit}] with at least two x. */
	lab.scales = function (rows, value) {
		var all = growths(rows, value), list = [];

		Object.keys(all).forEach(function (key) {
			Object.keys(all[key]).forEach(function (rest) {
				Object.keys(all[key][rest]).forEach(function (engine) {
					var points = sorted(all[key][rest][engine]);

					if (has_two(points))
						list.push({key: key, rest: rest, engine: engine,
							points: points, fit: lab.fit(points)});
				});
			});
		});
		return list;
	};

	var quantities = {
		ns: {name: "time", unit: "ns", value: function (row) {
			return row.million && row.counters.done ? row.ns / row.counters.done :
				row.ns;
		}},
		probes: {name: "records looked at, a call", unit: "1", value: function (row) {
			return row.counters["probes/op"];
		}},
		metadata: {name: "metadata", unit: "bytes", value: function (row) {
			return row.counters.metadata_bytes;
		}}
	};

	function slopes_table(list) {
		return lab.table_make({id: "slopes",
			caption: "Fitted slopes: cost is about c x^slope",
			columns: [{head: "case"}, {head: "grows with"}, {head: "engine"},
				{head: "from", number: true}, {head: "to", number: true},
				{head: "slope", number: true, format: function (value) {
					return value.toFixed(2);
				}}, {head: "growth"}],
			rows: list.map(function (one) {
				return [one.rest, one.key, one.engine, one.points[0][0],
					one.points[one.points.length - 1][0],
					one.fit ? one.fit.slope : null,
					one.fit ? lab.fit_words(one.fit.slope) : ""];
			})});
	}

	function pairs_of(list) {
		var names = [];

		list.forEach(function (one) {
			var name = one.key + " in " + one.rest;

			if (names.indexOf(name) < 0)
				names.push(name);
		});
		return names;
	}

	lab.perf_scale = function (node, doc, item, link) {
		var place = lab.el("div");

		function draw() {
			var quantity = quantities[link.get("of")] || quantities.ns;
			var list = lab.scales(item.result.rows, quantity.value),
				names = pairs_of(list);
			var name = names.indexOf(link.get("scale")) >= 0 ? link.get("scale") :
				names[0];

			lab.clear(place);
			if (!names.length) {
				lab.add(place, [lab.el("p", {class: "soft"},
					"No case was measured at two scales.")]);
				return;
			}
			lab.add(place, [lab.el("div", {class: "choices"},
				lab.choice("what grows", names,
				name, function (value) {
					link.set("scale", value);
					draw();
				})), chart_of(list.filter(function (one) {
				return one.key + " in " + one.rest === name;
			}), quantity), slopes_table(list)]);
		}

		function chart_of(shown, quantity) {
			return lab.chart_table({
				caption: shown[0].rest + ": " + quantity.name + " by " +
					shown[0].key,
				x: {label: shown[0].key, log: true},
				y: {label: quantity.name, log: true, format: function (y) {
					return lab.format.unit(y, quantity.unit);
				}},
				series: shown.map(function (one) {
					return {name: (one.engine === "-" ? "all" : one.engine) +
						(one.fit ? " (x^" + one.fit.slope.toFixed(2) + ")" :
							""),
						points: one.points};
				})});
		}

		lab.add(node, [lab.el("div", {class: "choices"}, lab.choice("cost",
			Object.keys(quantities).map(function (key) {
				return [key, quantities[key].name];
			}), link.get("of"), function (value) {
				link.set("of", value);
				draw();
			})), place]);
		draw();
	};

	/* --- the tail --------------------------------------------------------------------- */

	var quantiles = [["p50_ns", "median"], ["p90_ns", "p90"], ["p99_ns", "p99"],
		["p99.9_ns", "p99.9"], ["p99.99_ns", "p99.99"], ["max_ns", "max"],
		["wait_ns_max", "max wait"]];

	lab.perf_tail = function (node, doc, item) {
		var rows = item.result.rows.filter(function (row) {
			return row.counters && quantiles.some(function (one) {
				return row.counters[one[0]] !== undefined;
			});
		}), shown, by = {};

		shown = quantiles.filter(function (one) {
			return rows.some(function (row) {
				return row.counters[one[0]] !== undefined;
			});
		});
		if (!rows.length) {
			lab.add(node, [lab.el("p", {class: "soft"},
				"No workload with single latencies was run: ",
				lab.command("./lab bench churn --quick"), ".")]);
			return;
		}
		lab.add(node, [lab.table_make({id: "tail", caption: "Latency of single calls",
			columns: [{head: "case"},
				{head: "engine"}].concat(shown.map(function (one) {
				return {head: one[1], number: true, unit: "ns"};
			})), rows: rows.map(function (row) {
				return [row["case"], row.engine].concat(shown.map(function (one) {
					return row.counters[one[0]] === undefined ? null :
						row.counters[one[0]];
				}));
			})})]);
		rows.forEach(function (row) {
			(by[row["case"]] = by[row["case"]] || []).push(row);
		});
		Object.keys(by).forEach(function (name) {
			if (by[name][0].counters.p50_ns !== undefined)
				lab.add(node, [tail_chart(name, by[name])]);
		});
	};

	function tail_chart(name, rows) {
		var names = quantiles.filter(function (one) {
			return rows[0].counters[one[0]] !== undefined;
		});

		function label(x) {
			return x === Math.round(x) && names[x] ? names[x][1] : "";
		}

		return lab.chart_table({caption: name + ": the tail", x: {label: "quantile",
			format: label}, labels: label, y: {label: "a call takes", log: true,
				format: function (y) {
					return lab.format.time(y, "ns");
				}},
			series: rows.map(function (row) {
				return {name: row.engine, points: names.map(function (one, x) {
					return [x, row.counters[one[0]]];
				}).filter(function (point) {
					return point[1] > 0;
				})};
			})});
	}
}());
