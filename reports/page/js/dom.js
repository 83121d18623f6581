/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/* dom.js - makes elements. Text goes in as text, so that no datum is ever markup. */
"use strict";

/*
 * lab.el("p", {class: "soft", onclick: f}, "text", node, [more]): an element with attributes (a
 * function is a listener, false and null are left out) and children.
 */
lab.el = function (name, attributes) {
	var node = document.createElement(name), value;

	for (var key in attributes || {}) {
		value = attributes[key];
		if (typeof value === "function")
			node.addEventListener(key.slice(2), value);
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(key, value === true ? "" : value);
	}
	lab.add(node, Array.prototype.slice.call(arguments, 2));
	return node;
};

lab.add = function (node, children) {
	children.forEach(function (child) {
		if (Array.isArray(child))
			lab.add(node, child);
		else if (child instanceof Node)
			node.appendChild(child);
		else if (child !== null && child !== undefined && child !== false)
			node.appendChild(document.createTextNode(String(child)));
	});
	return node;
};

lab.clear = function (node) {
	while (node.firstChild)
		node.removeChild(node.firstChild);
	return node;
};

lab.badge = function (look, words) {
	return lab.el("span", {class: "badge " + look}, words);
};

/* A labelled choice: options are texts or [value, text]. */
lab.choice = function (label, options, value, onchange) {
	var select = lab.el("select", {onchange: function () {
		onchange(select.value);
	}});

	options.forEach(function (option) {
		var pair = Array.isArray(option) ? option : [option, option];

		lab.add(select, [lab.el("option", {value: pair[0]}, pair[1])]);
	});
	select.value = value;
	if (select.selectedIndex < 0)
		select.selectedIndex = 0;
	return lab.el("label", {class: "choice"}, label + " ", select);
};

/* A command that can be copied. */
lab.command = function (text) {
	return lab.el("span", {class: "command"}, lab.el("code", {}, text),
		lab.copy_button(function () {
			return text;
		}));
};

lab.copy_button = function (make) {
	var button = lab.el("button", {type: "button", class: "small", onclick: function () {
		lab.copy(make()).then(function (done) {
			button.textContent = done ? "copied" : "cannot copy";
			setTimeout(function () {
				button.textContent = "copy";
			}, 1500);
		});
	}}, "copy");

	return button;
};

/* The clipboard is not there for every page from disk; a field that is selected always is. */
lab.copy = function (text) {
	function by_field() {
		var field = lab.el("textarea", {class: "offscreen"}), done;

		field.value = text;
		document.body.appendChild(field);
		field.select();
		done = document.execCommand("copy");
		document.body.removeChild(field);
		return done;
	}

	lab.copied = text;
	if (!navigator.clipboard)
		return Promise.resolve(by_field());
	return navigator.clipboard.writeText(text).then(function () {
		return true;
	}, by_field);
};
