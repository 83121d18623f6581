/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_boot.js - the booted machines and their tests. */
"use strict";
lab.tab({
	id: "boot",
	name: "Boot",
	draw: function (node, doc) {
		lab.results(doc, "boot").forEach(function (item) {
			lab.add(node, [lab.el("p", {}, "Accelerator" + lab.on(doc, item.machine) + ": " +
				item.result.accelerator + ".")]);
		});
	}
});
