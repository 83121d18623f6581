/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_matrix.js - lab.fuzz_matrix(node, doc, link): which planted defect is found by what;
   lab.fuzz_mark(node, name) marks a defect in the tables. */
"use strict";
(function () {
	var columns = ["walker", "model", "unit", "inductive", "corpus", "fuzzing", "schedules",
		"boot"];

	function sums_table(matrix) {
		return lab.table_make({id: "matrix-sums",
			caption: "What each finds, and what it alone finds",
			columns: [{head: "by"}, {head: "finds", number: true},
				{head: "of those run",
				number: true}, {head: "found by nothing else", number: true},
				{head: "which"}],
			rows: columns.map(function (column) {
				var run = matrix.defects.filter(function (defect) {
					return defect.found[column] !== null;
				}), alone = matrix.defects.filter(function (defect) {
					return defect.alone === column;
				});

				return [column === "unit" ? "unit test" : column,
					run.filter(function (defect) {
					return defect.found[column];
				}).length, run.length, alone.length, alone.map(function (defect) {
					return defect.defect;
				}).join(", ")];
			})});
	}

	lab.fuzz_mark = function (node, name) {
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
	};

	lab.fuzz_matrix = function (node, doc, link) {
		lab.results(doc, "matrix").forEach(function (item) {
			lab.machine_title(node, doc, item.machine);
			lab.add(node, [sums_table(item.result)]);
		});
		if (lab.table_place(node, "matrix")) {
			node.querySelector("#table-matrix").addEventListener("click",
				function (event) {
				var row = event.target.closest("tbody tr"), cells, name;

				if (!row)
					return;
				cells = Array.prototype.map.call(row.cells, function (cell) {
					return cell.textContent;
				});
				name = cells[doc.machines.length > 1 ? 1 : 0];
				link.set("defect", name);
				lab.fuzz_mark(node, name);
			});
		}
	};
}());
