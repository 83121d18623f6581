/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* tab_now.js - the last run in one screen. */
"use strict";
(function () {
	lab.tab({
		id: "now",
		name: "Now",
		draw: function (node, doc) {
			lab.table_place(node, "verdict");
			lab.table_place(node, "steps");
		}
	});
}());
