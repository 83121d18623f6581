/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * views.js - the views of a tab that has several: a row of buttons, one view at a time, its id in
 * the address as view=ID. On paper all that were drawn are there.
 *
 *	lab.views(node, link, [{id, name, draw(node)}], first) -> {show(id)}
 */
"use strict";
lab.views = function (node, link, views, first) {
	var bar = lab.el("div", {class: "views", role: "tablist"}), buttons = {}, places = {};

	function show(id, keep) {
		var view = views.filter(function (one) {
			return one.id === id;
		})[0] || views[0];

		views.forEach(function (one) {
			buttons[one.id].setAttribute("aria-selected", one === view);
			buttons[one.id].tabIndex = one === view ? 0 : -1;
			places[one.id].hidden = one !== view;
		});
		if (!keep)
			link.set("view", view.id === (first || views[0].id) ? "" : view.id);
		if (!view.is_drawn) {
			view.is_drawn = true;
			view.draw(places[view.id]);
		}
	}

	function step(event) {
		var by = {ArrowRight: 1, ArrowLeft: -1}[event.key], at;

		if (!by)
			return;
		at = views.findIndex(function (view) {
			return buttons[view.id] === event.target;
		});
		at = (at + by + views.length) % views.length;
		buttons[views[at].id].focus();
		show(views[at].id);
	}

	views.forEach(function (view) {
		buttons[view.id] = lab.el("button", {type: "button", role: "tab",
			id: link.tab + "-view-" + view.id,
			"aria-controls": link.tab + "-" + view.id, onclick: function () {
				show(view.id);
			}}, view.name);
		places[view.id] = lab.el("div", {class: "view", role: "tabpanel", hidden: true,
			id: link.tab + "-" + view.id, "aria-labelledby": link.tab + "-view-" +
			view.id});
		bar.appendChild(buttons[view.id]);
	});
	bar.addEventListener("keydown", step);
	node.closest("section").classList.add("has-views");
	lab.add(node, [bar, views.map(function (view) {
		return places[view.id];
	})]);
	show(link.get("view") || first || views[0].id, true);
	return {show: show};
};
