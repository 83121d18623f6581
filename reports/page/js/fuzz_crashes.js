/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* fuzz_crashes.js - lab.fuzz_crashes(node, doc): inputs that break something, grouped: words,
   operations, drawings, the test in C. */
"use strict";
(function () {
	function drawing(caption, lines) {
		return lines.length ? [lab.el("h4", {}, caption),
			lab.el("pre", {}, lines.join("\n"))] : null;
	}

	lab.fuzz_crashes = function (node, doc) {
		var all = lab.results(doc, "crashes");

		all.forEach(function (item) {
			lab.machine_title(node, doc, item.machine);
			if (!item.result.groups.length)
				lab.add(node, [lab.el("p", {},
					lab.badge("good", "no input breaks anything"))]);
		});
		lab.table_place(node, "crash-groups");
		all.forEach(function (item) {
			item.result.groups.forEach(function (group, i) {
				lab.add(node, [lab.el("details", {open: i < 3},
					lab.el("summary", {}, group.target + ": " +
					group.words), lab.el("p", {},
					lab.command("./lab crash " + group.file)),
				drawing("The operations", group.story),
				drawing("The chunks before", group.before),
				drawing("and after", group.after),
				group.test ? drawing("As a test in C", group.test.split("\n")) :
				null,
				lab.el("p", {}, "Into the tests: ", lab.command(
					"./lab crash --as-test " + group.file)))]);
			});
		});
		if (!all.length)
			lab.add(node, [lab.el("p", {class: "soft"},
				"Nothing lies in reports/out/crashes: ",
				lab.command("./lab fuzz all --time 60"),
				" keeps there what breaks something.")]);
	};
}());
