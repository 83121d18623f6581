/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* perf_matrix.js - engines and rivals beside each other, case by case: ratios of times with their
   intervals, and memory below. */
"use strict";
(function () {
	var quantities = [
		["time", "time, against the first engine"],
		["populated/live", "memory populated / live"],
		["held/live", "memory held / live"],
		["rss/live", "RSS / live"],
		["metadata_bytes", "metadata"],
		["probes/op", "records looked at, a call"],
		["moved_bytes/op", "bytes of records moved, a call"],
		["zeroed_bytes/op", "bytes cleared, a call"]
	];

	function unique(list) {
		return list.filter(function (item, i) {
			return list.indexOf(item) === i;
		});
	}

	/* Left of 1 is better. Blue and orange, which colour-blind people can distinguish. */
	function look(ratio) {
		var bits = Math.log(ratio) / Math.LN2, size = Math.abs(bits);

		if (!(ratio > 0) || size < 0.07)
			return "";
		return (bits < 0 ? "less" : "more") + (size < 0.5 ? 1 : size < 1.5 ? 2 : 3);
	}

	function ratio_text(ratio) {
		return ratio > 0 && ratio < 0.001 ? ratio.toFixed(5) :
			ratio < 0.1 ? ratio.toFixed(3) : ratio < 100 ? ratio.toFixed(2) :
			lab.format.group(ratio, 0);
	}

	/* The ratio's bounds: each median within its interval. */
	function bounds(row, base) {
		if (row.low === undefined || !base || base.low === undefined || row === base)
			return null;
		return [row.low / base.high, row.high / base.low];
	}

	function memory_text(row) {
		var memory = ["populated/live", "held/live", "rss/live"].filter(function (key) {
			return row.counters[key] !== undefined;
		})[0];

		return memory ? memory.split("/")[0] + " " + ratio_text(row.counters[memory]) : "";
	}

	function time_cell(row, base) {
		var ratio = base && base.ns ? row.ns / base.ns : null, range = bounds(row, base);

		return lab.el("td", {class: "n " + (ratio === null ? "" : look(ratio)),
			"data-v": ratio, title: lab.format.time(row.ns, "ns")},
			lab.el("span", {}, ratio === null ? lab.format.time(row.ns, "ns") :
				ratio_text(ratio)),
			lab.el("small", {class: "soft"}, range ?
				ratio_text(range[0]) + "\u2013" + ratio_text(range[1]) :
				lab.format.time(row.ns, "ns")),
			lab.el("small", {class: "soft"}, memory_text(row)));
	}

	function counter_cell(row, key) {
		var value = row.counters[key];

		if (value === undefined)
			return lab.el("td", {class: "n"}, "\u2013");
		return lab.el("td", {class: "n", "data-v": value}, key === "metadata_bytes" ?
			lab.format.bytes(value) : lab.format.short(value));
	}

	function cell(row, base, quantity) {
		if (!row)
			return lab.el("td", {class: "n soft"}, "\u2013");
		if (row.state !== "ok")
			return lab.el("td", {class: "n", title: row.error},
				lab.badge(row.state === "skipped" ? "plain" : "bad", row.state));
		return quantity === "time" ? time_cell(row, base) : counter_cell(row, quantity);
	}

	function table(rows, base_name, quantity) {
		var engines = unique(rows.map(function (row) {
			return row.engine;
		})), cases = unique(rows.map(function (row) {
			return row["case"];
		})), by = {}, figure;

		rows.forEach(function (row) {
			by[row["case"] + "\n" + row.engine] = row;
		});
		figure = lab.table_make({id: "matrix", caption: quantities.filter(function (one) {
			return one[0] === quantity;
		})[0][1].replace("the first engine", base_name || "the first engine"),
			columns: [{head: "case"}].concat(engines.map(function (engine) {
				return {head: engine === "-" ? "no engine" : engine, number: true};
			})),
			rows: cases.map(function (name) {
				var base = engines.map(function (engine) {
					return by[name + "\n" + engine];
				}).filter(function (row) {
					return row && row.state === "ok" &&
						(!base_name || row.engine === base_name);
				})[0];

				return [name].concat(engines.map(function (engine) {
					return cell(by[name + "\n" + engine], base, quantity);
				}));
			})});
		figure.classList.add("matrix");
		return figure;
	}

	/* Cases that nothing else was measured beside. */
	function alone_table(rows, quantity) {
		return lab.table_make({id: "alone", caption: "Measured alone: " +
			(quantity === "time" ? "time" : quantity), columns: [{head: "case"},
			{head: "engine"}, {head: "value", number: true}, {head: "memory"}],
		rows: rows.map(function (row) {
			return [row["case"], row.engine === "-" ? "" : row.engine,
				row.state !== "ok" ?
				lab.badge(row.state === "skipped" ? "plain" : "bad", row.state) :
				quantity !== "time" ? counter_cell(row, quantity) :
				lab.el("td", {class: "n", "data-v": row.ns},
					lab.format.time(row.ns, "ns")),
				row.state === "ok" ? memory_text(row) : ""];
		})});
	}

	/* The matrix of one machine, with its choices, which the address keeps. */
	lab.perf_matrix = function (node, doc, item, link) {
		var rows = item.result.rows, place = lab.el("div"), families, engines;

		function draw() {
			var family = link.get("family"), quantity = link.get("quantity") || "time";
			var beside = [], alone = [], nr = {};

			rows.forEach(function (row) {
				nr[row["case"]] = (nr[row["case"]] || 0) + 1;
			});
			rows.forEach(function (row) {
				if (!family || row.family === family)
					(nr[row["case"]] > 1 ? beside : alone).push(row);
			});
			lab.clear(place);
			if (beside.length)
				place.appendChild(table(beside, link.get("base"), quantity));
			if (alone.length)
				place.appendChild(alone_table(alone, quantity));
		}

		function set(key) {
			return function (value) {
				link.set(key, value);
				draw();
			};
		}

		families = unique(rows.map(function (row) {
			return row.family;
		}));
		engines = unique(rows.filter(function (row) {
			return row.engine !== "-";
		}).map(function (row) {
			return row.engine;
		}));
		lab.add(node, [lab.el("div", {class: "choices"},
			lab.choice("show", quantities, link.get("quantity"), set("quantity")),
			lab.choice("workloads", [["", "all"]].concat(families), link.get("family"),
				set("family")),
			lab.choice("against", [["", "the first engine"]].concat(engines),
				link.get("base"), set("base"))),
			lab.el("p", {class: "soft"},
				"Below 1 is faster (blue), above 1 slower (orange). Under a " +
				"ratio stand its bounds by both medians' 95 % intervals, from " +
				"six repetitions on, else the time itself; then memory against " +
				"live bytes."),
			place]);
		draw();
	};
}());
