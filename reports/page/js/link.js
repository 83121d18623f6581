/* SPDX-License-Identifier: BSD-2-Clause OR MIT */
/*
 * link.js - the address: #TAB/key=value/key=value. Whoever passes a link on passes on what is seen.
 *
 *	link.get("defect")	the value in the address, or ""
 *	link.set("defect", name)	"" takes it out; nothing is drawn anew
 */
"use strict";
lab.link = {
	parse: function (hash) {
		var parts = hash.replace(/^#/, "").split("/"), link = {tab: parts[0], values: {}};

		parts.slice(1).forEach(function (part) {
			var at = part.indexOf("=");

			if (at > 0)
				link.values[part.slice(0, at)] =
					lab.link.decode(part.slice(at + 1));
		});
		return link;
	},

	decode: function (text) {
		try {
			return decodeURIComponent(text);
		} catch (error) {
			return text; /* it was typed, and is no code */
		}
	},

	make: function (tab, values) {
		return "#" + tab + Object.keys(values).map(function (key) {
			return "/" + key + "=" + encodeURIComponent(values[key]);
		}).join("");
	},

	/* What a tab gets: its own values, kept while another tab is shown. */
	of_tab: function (id) {
		var link = {
			tab: id,
			values: {},
			get: function (key) {
				return Object.prototype.hasOwnProperty.call(link.values, key) ?
					link.values[key] : "";
			},
			set: function (key, value) {
				if (value === "" || value === null || value === undefined)
					delete link.values[key];
				else
					link.values[key] = String(value);
				history.replaceState(null, "", lab.link.make(id, link.values));
			}
		};

		return link;
	}
};
