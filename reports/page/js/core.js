/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * core.js - `lab`, the page's only global, and the list of tabs.
 *
 *	lab.tab({id, name, draw(node, doc, link), restore(link)})
 *		draw: once, when the tab is first shown; node is the place for what is drawn, link
 *		its part of the address (link.js). The address has changed: restore, where there
 *		is one, else the tab is drawn anew.
 */
"use strict";
var lab = {
	tabs: [],
	version: 1, /* of documents that this page shows */
	absent: window.lab_absent || [], /* libraries, by Debian's names */

	tab: function (tab) {
		lab.tabs.push(tab);
	},

	/* The machines' results of a name: [{machine, result}], without those that have none. */
	results: function (doc, name) {
		return doc.machines.filter(function (machine) {
			return machine.results[name];
		}).map(function (machine) {
			return {machine: machine, result: machine.results[name]};
		});
	},

	/* The machine's name as a heading, where there are several. */
	machine_title: function (node, doc, machine) {
		if (doc.machines.length > 1)
			lab.add(node, [lab.el("h3", {}, machine.name)]);
	},

	/* " on NAME" where there are several machines. */
	on: function (doc, machine) {
		return doc.machines.length > 1 ? " on " + machine.name : "";
	}
};
