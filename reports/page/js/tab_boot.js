/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_boot.js - machines by tests, and the logs of those that failed. */
"use strict";
(function () {
	var marks = {passed: ["\u2713", "passed"], failed: ["\u2717", "failed"],
		skipped: ["s", "skipped"]};

	function cell(test) {
		var mark = test ? marks[test.result] || [test.result, test.result] : ["", ""];

		if (!test)
			return lab.el("td", {class: "mark soft"}, "\u2013");
		return lab.el("td", {class: "mark " + (test.result === "passed" ? "soft" :
			test.result === "skipped" ? "soft" : "red"), title: test.reason || mark[1]},
		mark[0], lab.el("span", {class: "offscreen"}, " " + mark[1]));
	}

	function grid(boot) {
		var names = [];

		boot.machines.forEach(function (machine) {
			machine.tests.forEach(function (test) {
				if (names.indexOf(test.name) < 0)
					names.push(test.name);
			});
		});
		if (!names.length)
			return null;
		return lab.table_make({id: "boot-grid",
			caption: "Tests by machines: \u2713 passed, \u2717 failed, s skipped, " +
			"\u2013 not there",
			columns: [{head: "test"}].concat(boot.machines.map(function (machine) {
				return {head: machine.name};
			})), rows: names.map(function (name) {
				return [name].concat(boot.machines.map(function (machine) {
					return cell(machine.tests.filter(function (test) {
						return test.name === name;
					})[0]);
				}));
			})});
	}

	function red_ones(boot) {
		return boot.machines.filter(function (machine) {
			return !machine.good && !machine.skip;
		}).map(function (machine) {
			return lab.el("details", {open: true, id: "log-" + machine.name},
				lab.el("summary", {}, machine.name + ": " +
					(machine.why || "failed")),
				machine.again ? lab.el("p", {},
					lab.command("sh " + machine.again)) : null,
				machine.log_lines ? lab.el("pre", {class: "log", tabindex: 0},
					machine.log_lines.join("\n")) :
					lab.el("p", {class: "soft"},
						"Its log is not beside the results."));
		});
	}

	lab.tab({
		id: "boot",
		name: "Boot",
		draw: function (node, doc) {
			var all = lab.results(doc, "boot");

			all.forEach(function (item) {
				lab.add(node, [lab.el("p", {class: "soft"}, "Accelerator" +
					lab.on(doc, item.machine) + ": " + item.result.accelerator +
					"."),
				red_ones(item.result)]);
			});
			lab.table_place(node, "boot-machines");
			all.forEach(function (item) {
				if (doc.machines.length > 1)
					lab.add(node, [lab.el("h3", {}, item.machine.name)]);
				lab.add(node, [grid(item.result)]);
			});
		}
	});
}());
